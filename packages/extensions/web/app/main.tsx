/** Begins the page: takes the code out of the address before anything else happens, then logs in or draws. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { App } from "./app.tsx";
import { wordsOf } from "./live/errors-text.ts";
import { conversationIn, hashOf, loginCodeIn } from "./live/route.ts";
import { createStore, type Store } from "./live/store.ts";
import { createToasts } from "./live/toasts.ts";
import { exchange, keepLogin, keptLogin, type Login } from "./login/login.ts";
import { LoginPage } from "./login/login-page.tsx";
import { createDrafts } from "./sending/drafts.ts";
import { createLocalStore } from "./sending/local-store.ts";

const local = createLocalStore(localStorage);
const drafts = createDrafts(local);
const toasts = createToasts((ms, run) => setTimeout(run, ms));
const store = signal<Store | undefined>(undefined);
const said = signal<string | undefined>(undefined);
const isBusy = signal(false);

/** The code leaves the address and the history at once. */
function takeCode(): string | undefined {
  const code = loginCodeIn(location.hash);
  if (code !== undefined) history.replaceState(null, "", location.pathname);
  return code;
}

function enter({ id, token }: Login): void {
  said.value = undefined;
  store.value?.close();
  const entered = createStore({
    token,
    origin: location.origin,
    store: local,
    drafts,
    isVisible: () => document.visibilityState === "visible",
    toasts,
    nextFrame: (draw) => void requestAnimationFrame(draw),
    navigate: (conversationId) => {
      location.hash = hashOf(conversationId);
    },
    onRefused: () => leave("This browser is logged out."),
  });
  entered.show(conversationIn(location.hash));
  store.value = entered;
  keepLogin(local, { id, token });
}

/** What is typed and not sent stays, for when somebody logs in again. */
function leave(why: string): void {
  store.value?.close();
  store.value = undefined;
  keepLogin(local, undefined);
  said.value = why;
}

async function logIn(code: string): Promise<void> {
  isBusy.value = true;
  try {
    enter(await exchange(code));
  } catch (error) {
    const earlier = keptLogin(local);
    if (earlier && !store.value) enter(earlier);
    if (store.value) toasts.add("error", wordsOf(error));
    else said.value = wordsOf(error);
  } finally {
    isBusy.value = false;
  }
}

async function logOut(): Promise<void> {
  const login = keptLogin(local);
  const entered = store.value;
  if (!login || !entered) return;
  if (await entered.attempt(() => entered.server.logOut(login.id))) leave("You are logged out.");
}

function Page() {
  const entered = store.value;
  if (entered) return <App store={entered} onLogOut={() => void logOut()} />;
  return <LoginPage said={said.value} isBusy={isBusy.value} onCode={(code) => void logIn(code)} />;
}

addEventListener("hashchange", () => {
  const code = takeCode();
  if (code !== undefined) void logIn(code);
  else store.value?.show(conversationIn(location.hash));
});
addEventListener("online", () => store.value?.live.retry());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") store.value?.live.retry();
});

const code = takeCode();
const login = keptLogin(local);
if (code !== undefined) void logIn(code);
else if (login) enter(login);
const place = document.getElementById("page");
if (place) render(<Page />, place);
