// What processing will cost here: from earlier lectures on this machine where there are any,
// from measured ratios of one processor core elsewhere.
import type { Metrics } from "../api/model";

export const STAGES = ["transcription", "frames", "slides", "notes"] as const;
export type Stage = (typeof STAGES)[number];

/** Seconds of work per second of lecture on one core, and MB of memory, per speech model. */
const SPEECH: Record<string, { ratio: number; memory: number }> = {
  tiny: { ratio: 0.09, memory: 273 },
  base: { ratio: 0.2, memory: 388 },
  small: { ratio: 0.74, memory: 852 },
  medium: { ratio: 2.3, memory: 2100 },
  "large-v3-turbo": { ratio: 2.6, memory: 2600 },
  "large-v3": { ratio: 4.5, memory: 3900 },
  sphinx: { ratio: 0.25, memory: 105 },
};
const OTHERS: Record<Exclude<Stage, "transcription">, { ratio: number; memory: number }> = {
  frames: { ratio: 0.03, memory: 220 },
  slides: { ratio: 0.03, memory: 300 },
  notes: { ratio: 0.01, memory: 60 },
};

export function speechCost(model: string): { ratio: number; memory: number } {
  const bare = model.replace(/\.en/, "").replace(/-q\d_\d$/, "");
  const compressed = bare !== model.replace(/\.en/, "");
  const found = SPEECH[bare] ?? SPEECH.sphinx ?? { ratio: 0.25, memory: 105 };
  return compressed ? { ratio: found.ratio, memory: Math.round(found.memory * 0.55) } : found;
}

export interface Plan {
  seconds: number; // of lecture
  stages: Stage[];
  model: string; // speech model, or "" for the built-in recogniser
  usualModel: string; // what earlier lectures were transcribed with
  cpus: number;
}

export interface Estimate {
  /** Seconds, by stage; speech and slides run side by side. */
  byStage: Partial<Record<Stage, number>>;
  total: number;
  memory: number; // bytes at the most
  measured: boolean; // from earlier lectures of this machine
}

export function estimate(plan: Plan, stages: Metrics["stages"] | undefined): Estimate {
  const seen = (stages ?? {}) as Record<string, { seconds: number; media: number }>;
  const byStage: Estimate["byStage"] = {};
  let memory = 0;
  let measured = true;
  for (const stage of plan.stages) {
    const cost = stage === "transcription" ? speechCost(plan.model) : OTHERS[stage];
    const past = seen[stage];
    let ratio: number;
    if (past && past.media > 0) {
      ratio = past.seconds / past.media;
      if (stage === "transcription" && plan.model !== plan.usualModel)
        ratio *= cost.ratio / speechCost(plan.usualModel).ratio;
    } else {
      measured = false;
      ratio = cost.ratio / Math.max(1, stage === "transcription" ? plan.cpus * 0.7 : 1);
    }
    byStage[stage] = ratio * plan.seconds;
    memory = Math.max(memory, cost.memory * 1e6);
  }
  const pictures = (byStage.frames ?? 0) + (byStage.slides ?? 0);
  return {
    byStage,
    total: Math.max(byStage.transcription ?? 0, pictures) + (byStage.notes ?? 0),
    memory,
    measured,
  };
}
