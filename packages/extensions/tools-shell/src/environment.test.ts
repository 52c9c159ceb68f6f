import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { childEnvironment, childMarker, defaultAllowed, homeMarker, isNeverPassed } from "./environment.ts";

const ids = { conversationId: "c1", callId: "k1", homeId: "h1" };
const marks = { [childMarker]: "c1/k1", [homeMarker]: "h1" };

describe("childEnvironment", () => {
  it("inherits only what is allowed", () => {
    const server = { PATH: "/bin", LC_ALL: "C", HOME: undefined, HISTFILE: "/h", LCX: "no" };
    const { env } = childEnvironment({ server, allow: defaultAllowed, additions: {}, ...ids });
    expect(env).toEqual({ PATH: "/bin", LC_ALL: "C", ...marks });
  });

  it("lets additions win and reports those it refuses, sorted", () => {
    const additions = {
      PATH: "/x",
      FOO: "1",
      OPENAI_API_KEY: "s",
      LD_PRELOAD: "e",
      "a b": "",
      NUL: "\0",
      DISPATCH_CHILD: "z",
    };
    const { env, rejected } = childEnvironment({
      server: { PATH: "/bin" },
      allow: ["PATH"],
      additions,
      ...ids,
    });
    expect(env).toEqual({ PATH: "/x", FOO: "1", ...marks });
    expect(rejected).toEqual(["DISPATCH_CHILD", "LD_PRELOAD", "NUL", "OPENAI_API_KEY", "a b"]);
  });

  it("passes nothing that is never passed, whatever is allowed and added", () => {
    const name = fc.oneof(
      fc.constantFrom(
        "OPENAI_API_KEY",
        "openai_base_url",
        "LD_PRELOAD",
        "GITHUB_TOKEN",
        "PATH",
        "DISPATCH_TOKEN",
      ),
      fc.stringMatching(/^[A-Z_]{1,4}(KEY|TOKEN|SECRET|_KEY|_TOKEN)?$/),
    );
    const variables = fc.dictionary(name, fc.string());
    fc.assert(
      fc.property(variables, variables, (server, additions) => {
        const { env, rejected } = childEnvironment({ server, allow: ["*"], additions, ...ids });
        expect(Object.keys(env).filter((key) => !(key in marks) && isNeverPassed(key))).toEqual([]);
        expect(env).toMatchObject(marks);
        for (const added of Object.keys(additions))
          expect(added in env || rejected.includes(added)).toBe(true);
      }),
    );
  });
});

describe("isNeverPassed", () => {
  it.each([
    ...[
      "ANTHROPIC_API_KEY",
      "ANTHROPIC_BASE_URL",
      "OPENAI_ORG",
      "CLAUDECODE",
      "CODEX_HOME",
      "OLLAMA_HOST",
      "DISPATCH_DATA_DIR",
    ],
    ...[
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "GITHUB_TOKEN",
      "gh_token",
      "STRIPE_KEY",
      "API_KEY",
      "TOKEN",
      "DB_PASSWORD",
    ],
    ...[
      "MY_SECRET_FILE",
      "SSH_AUTH_SOCK",
      "NPM_CONFIG__AUTHTOKEN",
      "LD_LIBRARY_PATH",
      "DYLD_INSERT_LIBRARIES",
      "NODE_OPTIONS",
    ],
    ...[
      "PYTHONSTARTUP",
      "BASH_ENV",
      "ENV",
      "PERL5OPT",
      "RUBYOPT",
      "GIT_SSH_COMMAND",
      "GIT_CONFIG_COUNT",
      "BASH_FUNC_ls",
    ],
  ])("%s", (name) => expect(isNeverPassed(name)).toBe(true));

  it.each([
    ...defaultAllowed,
    "NODE_ENV",
    "CI",
    "KEYBOARD",
    "TOKENIZERS_PARALLELISM",
    "GIT_AUTHOR_NAME",
    "MONKEY",
    "ENVIRONMENT",
  ])("not %s", (name) => expect(isNeverPassed(name)).toBe(false));
});
