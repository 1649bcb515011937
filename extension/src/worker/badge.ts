/** The badge: the percent of a download, a mark for what can be had, nothing else. */
import type { Lecture } from "../capture/lecture";
import { text } from "../shared/i18n";
import { type Job, jobOf, readJobs } from "../shared/jobs";
import { shown } from "./view";

const BLUE = "#2f5bd8";
const GREEN = "#1c7c54";
const AMBER = "#9a6700";
const RED = "#b3261e";

interface Badge {
  text: string;
  color: string;
  title: string;
}

export function badgeOf(lecture: Lecture | undefined, job: Job | undefined): Badge {
  if (job)
    switch (job.state) {
      case "starting":
      case "pending":
      case "downloading":
        return {
          text: `${Math.floor(job.progress)}%`,
          color: BLUE,
          title: text("badgeDownloading", job.title),
        };
      case "processing":
        return {
          text: `${Math.floor(job.progress)}%`,
          color: GREEN,
          title: text("badgeProcessing", job.title),
        };
      case "signature":
      case "paused":
        return { text: "II", color: AMBER, title: text("badgeWaiting", job.title) };
      case "error":
        return { text: "!", color: RED, title: text("badgeError", job.title) };
      case "complete":
        return { text: "✓", color: GREEN, title: text("badgeComplete", job.title) };
    }
  if (!lecture) return { text: "", color: BLUE, title: "" };
  if (lecture.live) return { text: "live", color: AMBER, title: text("badgeLive", lecture.title) };
  return { text: "1", color: BLUE, title: text("badgeReady", lecture.title) };
}

export async function badge(tab: number, lectures: Lecture[]): Promise<void> {
  const jobs = await readJobs();
  const lecture = shown(lectures, jobs, "");
  const job = lecture ? jobOf(jobs, lecture.identities) : undefined;
  const b = badgeOf(lecture, job);
  try {
    await Promise.all([
      chrome.action.setBadgeText({ tabId: tab, text: b.text }),
      chrome.action.setBadgeBackgroundColor({ tabId: tab, color: b.color }),
      chrome.action.setTitle({ tabId: tab, title: b.title }),
    ]);
  } catch {
    // The tab was closed in between.
  }
}
