/** A refusal is a sentence for the model: it becomes the tool's result, marked as an error. */
import type { ToolOutput } from "@dispatch/kernel";

export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Runs a tool's work and turns a refusal into its result. */
export async function answering(work: () => Promise<ToolOutput>): Promise<ToolOutput> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return { output: error.message, isError: true };
    throw error;
  }
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
