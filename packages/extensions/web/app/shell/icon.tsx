/** The few signs of the page, drawn as lines in the colour of the text. */
import type { JSX } from "preact";

const paths = {
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  panel: "M4 5h16v14H4zM14.5 5v14",
  chevron: "M9 6l6 6-6 6",
  search: "M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14zM16 16l4 4",
  down: "M12 5v14M6 13l6 6 6-6",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  archive: "M4 5h16v4H4zM6 9v10h12V9M10 13h4",
  clip: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4L14 7.6",
  back: "M10 6l-6 6 6 6M4 12h11a5 5 0 0 1 5 5v1",
  folder: "M3 7V5h6l2 2h10v12H3z",
  out: "M10 5H5v14h5M14 8l4 4-4 4M18 12H9",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
