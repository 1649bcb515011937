import { useQuery } from "@tanstack/react-query";
import { lectureQuery } from "../../api/queries";

export default function Lecture({ id }: { id: string }) {
  const lecture = useQuery(lectureQuery(id));
  return (
    <div className="page">
      <h1>{lecture.data?.title}</h1>
    </div>
  );
}
