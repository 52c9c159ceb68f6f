/** A stand-in for a model that nobody serves now: a turn that waits for a person does not need one before the answer. */
import { toProblem } from "@dispatch/wire";
import type { Models, ResolvedModel } from "../ports/models.ts";

/** Its requests look for the model again, and fail for good with what `resolve` says if it is still not there. */
export function absentModel(models: () => Models, id: string): ResolvedModel {
  return {
    id,
    model: id,
    provider: {
      async *stream(request, context) {
        let found: ResolvedModel;
        try {
          found = await models().resolve(id);
        } catch (error) {
          const { code, title, detail = title, fix } = toProblem(error);
          yield { type: "error", error: { code, message: detail, retryable: false, ...(fix && { fix }) } };
          return;
        }
        yield* found.provider.stream({ ...request, model: found.model }, context);
      },
      models: async () => [],
    },
  };
}
