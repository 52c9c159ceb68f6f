/** What is shown to a browser without a token: how to get one. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { codeIn } from "./login.ts";

export interface LoginPageProps {
  /** Why this is shown, when it is not the first time. */
  readonly said: string | undefined;
  readonly isBusy: boolean;
  readonly onCode: (code: string) => void;
}

export function LoginPage({ said, isBusy, onCode }: LoginPageProps): JSX.Element {
  const [pasted, setPasted] = useState("");
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const submit = (event: Event) => {
    event.preventDefault();
    const code = codeIn(pasted);
    setWrong(code === undefined ? "This is no login link: paste all of it." : undefined);
    if (code !== undefined) onCode(code);
  };
  return (
    <main class="login">
      <h1>Dispatch</h1>
      <p>
        To log this browser in, run <code>dispatch web</code> where the server runs and open the link it
        prints, or paste it here. Each link is good once.
      </p>
      <form onSubmit={submit}>
        <label for="link">Login link</label>
        <input
          id="link"
          value={pasted}
          onInput={(event) => setPasted(event.currentTarget.value)}
          autocomplete="off"
          spellcheck={false}
          placeholder="http://…/#login=…"
        />
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? "Logging in…" : "Log in"}
        </button>
      </form>
      <p class="told" role="alert">
        {wrong ?? said ?? ""}
      </p>
    </main>
  );
}
