import { Link } from "wouter";
import { useT } from "../i18n";
import { Dialog } from "../ui";

export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useT();
  return (
    <Dialog title={t("palette.title")} open onClose={onClose}>
      <Link href="/search" onClick={onClose}>
        {t("search.title")}
      </Link>
    </Dialog>
  );
}
