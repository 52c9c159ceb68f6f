/** Hands the store to whatever draws. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Store } from "../live/store.ts";

export const StoreContext = createContext<Store | undefined>(undefined);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("nothing is drawn without a store");
  return store;
}
