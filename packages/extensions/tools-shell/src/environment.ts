/**
 * The environment of a command: a few inherited names, the conversation's additions, never a secret of the server and
 * never a variable that makes programs load foreign code. Pure: names and values in, names and values out.
 */

export type Environment = Readonly<Record<string, string>>;

/** Marks every process that a command started: `<conversationId>/<callId>`. */
export const childMarker = "DISPATCH_CHILD";
/** Marks it with the data folder too: another server with another folder leaves it alone. */
export const homeMarker = "DISPATCH_HOME_ID";

/** What commands inherit by default. */
export const defaultAllowed: readonly string[] = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TERM", "COLORTERM", "TZ"],
  ...[
    "TMPDIR",
    "TMP",
    "TEMP",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
  ],
  // Without these, programs on Windows do not start.
  ...[
    "SystemRoot",
    "SystemDrive",
    "ComSpec",
    "PATHEXT",
    "WINDIR",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramFiles",
  ],
];

export interface EnvironmentSources {
  /** The server's own environment. */
  readonly server: Readonly<Record<string, string | undefined>>;
  /** Names taken from it: exact, or with a `*` at the end. */
  readonly allow: readonly string[];
  /** The conversation's additions: they win over what is inherited. */
  readonly additions: Environment;
  readonly conversationId: string;
  readonly callId: string;
  readonly homeId: string;
}

export interface ChildEnvironment {
  readonly env: Environment;
  /** Names of additions that are not passed on, sorted. */
  readonly rejected: readonly string[];
}

export function childEnvironment(sources: EnvironmentSources): ChildEnvironment {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(sources.server)) {
    const allowed = sources.allow.some((pattern) => matches(name, pattern));
    if (value !== undefined && allowed && !isNeverPassed(name)) env[name] = value;
  }
  const rejected: string[] = [];
  for (const [name, value] of Object.entries(sources.additions)) {
    if (!nameShape.test(name) || value.includes("\0") || isNeverPassed(name)) rejected.push(name);
    else env[name] = value;
  }
  env[childMarker] = markOf(sources);
  env[homeMarker] = sources.homeId;
  return { env, rejected: rejected.sort() };
}

/** The value of `childMarker` for what a call starts. */
export const markOf = ({ conversationId, callId }: { conversationId: string; callId: string }): string =>
  `${conversationId}/${callId}`;

const nameShape = /^[A-Za-z_][A-Za-z0-9_]*$/;

const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** True for names that no setting and no conversation can pass on. Letter case does not count. */
export function isNeverPassed(name: string): boolean {
  const upper = name.toUpperCase();
  return (
    owners.some((prefix) => upper.startsWith(prefix)) ||
    secretWord.test(upper) ||
    loaderPrefixes.some((prefix) => upper.startsWith(prefix)) ||
    loaders.has(upper)
  );
}

// Credentials and addresses of providers, settings of other agents, and our own.
const owners = [
  "ANTHROPIC_",
  "OPENAI_",
  "CLAUDE",
  "CODEX",
  "OLLAMA",
  "DISPATCH_",
  "AWS_SECRET",
  "AWS_SESSION",
];

// A part of the name, between underscores, that says what the value is.
const secretWord =
  /(?:^|_)(?:API_?KEYS?|ACCESSKEY|KEYS?|TOKENS?|AUTHTOKEN|AUTH|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|CREDENTIALS?)(?:_|$)/;

// What makes the dynamic linker, an interpreter, a shell or git run code that the command does not name.
const loaderPrefixes = ["LD_", "DYLD_", "BASH_FUNC_", "GIT_CONFIG", "NPM_CONFIG_", "GLIBC_TUNABLES"];
const loaders: ReadonlySet<string> = new Set([
  ...["NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "NODE_EXTRA_CA_CERTS"],
  ...["PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT", "PYTHONUSERBASE", "PYTHONBREAKPOINT"],
  ...[
    "PERL5OPT",
    "PERL5LIB",
    "PERL5DB",
    "PERLLIB",
    "RUBYOPT",
    "RUBYLIB",
    "LUA_INIT",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
  ],
  ...["BASH_ENV", "ENV", "ZDOTDIR", "PROMPT_COMMAND", "PS4", "SHELLOPTS", "BASHOPTS", "IFS", "CDPATH"],
  ...["GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_EXEC_PATH", "GIT_EXTERNAL_DIFF"],
  ...[
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_TEMPLATE_DIR",
    "EDITOR",
    "VISUAL",
  ],
  ...[
    "PAGER",
    "MANPAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "BROWSER",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
  ],
  ...[
    "MAKEFLAGS",
    "GCONV_PATH",
    "LOCPATH",
    "HOSTALIASES",
    "RUSTC_WRAPPER",
    "COR_PROFILER_PATH",
    "DOTNET_STARTUP_HOOKS",
  ],
]);
