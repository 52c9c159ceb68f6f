/** What a new conversation shows before anything is said. */
import type { JSX } from "preact";

export function Welcome(): JSX.Element {
  return (
    <div class="welcome">
      <h1>What is to be done?</h1>
      <p>
        A turn belongs to the server: it goes on when this page is closed, and any other device can join in.
      </p>
    </div>
  );
}
