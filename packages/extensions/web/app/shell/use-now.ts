/** The time, for what counts seconds: draws again while it is needed, and only then. */
import { useEffect, useState } from "preact/hooks";

/** Unix ms, at most `everyMs` old while `isNeeded`. */
export function useNow(isNeeded: boolean, everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isNeeded) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [isNeeded, everyMs]);
  return now;
}
