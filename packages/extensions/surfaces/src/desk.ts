/** What clients may ask of surfaces, the same for both transports: read one, look at one, invoke an action. */
import type { CompileSchema } from "@dispatch/kernel";
import type { CallContext, Sessions } from "@dispatch/session-orchestrator/ports";
import type { Caller } from "@dispatch/transport-http/ports";
import type { Connection } from "@dispatch/transport-ws/ports";
import { dispatchError, type SurfaceView } from "@dispatch/wire";
import { actionOf, type Catalogue, type Surface, targetOf } from "./catalogue.ts";
import { checkValue } from "./check-value.ts";
import type { Guard } from "./guard.ts";
import { createLooking } from "./looking.ts";
import type { SurfaceTarget } from "./ports.ts";
import type { Repeats } from "./repeats.ts";
import { fieldsOf, type OpenRoom, type Rooms } from "./rooms.ts";

export interface DeskOptions {
  readonly catalogue: () => Catalogue;
  readonly rooms: Rooms;
  readonly sessions: Pick<Sessions, "status">;
  readonly guard: Guard;
  readonly repeats: Repeats;
  readonly compile: CompileSchema;
  readonly actionMs: number;
  readonly maxSubscriptions: number;
  /** Aborted when the extension stops. */
  readonly signal: AbortSignal;
}

export interface Invocation {
  readonly surface: string;
  readonly action: string;
  readonly conversationId?: string | undefined;
  readonly value?: unknown;
  readonly caller: Caller;
  readonly call: CallContext;
}

/** Every method throws a `DispatchError`. */
export interface Desk {
  catalogue(): Catalogue;
  read(surface: string, conversationId: string | undefined): Promise<SurfaceView>;
  /** `answer` is called with the state in the tick from which on updates follow. */
  subscribe(
    connection: Connection,
    surface: string,
    conversationId: string | undefined,
    answer: (view: SurfaceView) => void,
  ): Promise<void>;
  unsubscribe(connection: Connection, surface: string, conversationId: string | undefined): void;
  invoke(invocation: Invocation): Promise<void>;
}

export function createDesk(options: DeskOptions): Desk {
  const { catalogue, rooms, sessions, guard, repeats, compile, actionMs } = options;
  const looking = createLooking({ rooms, max: options.maxSubscriptions, signal: options.signal });

  /** The surface, when there is such a conversation. */
  async function find(name: string, conversationId: string | undefined): Promise<[Surface, SurfaceTarget]> {
    const surface = catalogue().require(name);
    const target = targetOf(surface, conversationId);
    if (target === undefined) return [surface, target];
    await sessions.status(target);
    return [catalogue().require(name), target]; // it may be another by now
  }

  /** Runs `use` in the tick in which the room shows what was read after the call. */
  async function inRoom(
    name: string,
    conversationId: string | undefined,
    use: (open: OpenRoom, view: SurfaceView) => void,
  ): Promise<void> {
    const open = rooms.enter(...(await find(name, conversationId)));
    try {
      await open.room.refresh();
      if (open.ended) throw open.ended;
      const { shown } = open.room;
      if (!shown) throw new Error("unreachable: it was read");
      if (!shown.state) throw open.room.failure;
      use(open, { ...fieldsOf(open, shown), state: shown.state });
    } finally {
      rooms.leave(open);
    }
  }

  return {
    catalogue,
    async read(name, conversationId) {
      let answer: SurfaceView | undefined;
      await inRoom(name, conversationId, (_open, view) => {
        answer = view;
      });
      if (!answer) throw new Error("unreachable: it was read");
      return answer;
    },
    subscribe: (connection, name, conversationId, answer) =>
      looking.begin(connection, name, conversationId, (admit) =>
        inRoom(name, conversationId, (open, view) => {
          answer(view);
          admit(open);
        }),
      ),
    unsubscribe: looking.end,
    async invoke({ surface: name, action: actionName, conversationId, value, caller, call }) {
      const [surface, target] = await find(name, conversationId);
      const action = actionOf(surface, actionName);
      if (!caller.scopes.has(action.scope)) {
        const detail = `The action ${actionName} of ${name} needs the scope ${action.scope}.`;
        throw dispatchError("forbidden-scope", detail);
      }
      const checked = await checkValue(value, action.value && compile(action.value));
      const body = { surface: name, action: actionName, conversationId, value };
      // Late is only the answer: a repeat waits for the run that is under way, and does not begin another.
      await guard.run(surface, `the action ${actionName}`, actionMs, () =>
        repeats.once("surfaces.invoke", body, call, async () => {
          await action.run(target, checked, call);
        }),
      );
    },
  };
}
