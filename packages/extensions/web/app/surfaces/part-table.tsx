/** A table of a surface, with the buttons of its rows. */
import type { SurfacePart } from "@dispatch/wire";
import type { JSX } from "preact";

export interface PartTableProps {
  readonly part: Extract<SurfacePart, { kind: "table" }>;
  readonly onInvoke: (action: string, value: unknown) => void;
}

export function PartTable({ part, onInvoke }: PartTableProps): JSX.Element {
  const { label, columns, rows } = part;
  const hasActions = rows.some(({ actions }) => actions && actions.length > 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="table" tabIndex={0}>
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id}>{column.label}</th>
            ))}
            {hasActions && <th />}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              {columns.map((column) => (
                <td key={column.id}>{shown(row.cells[column.id])}</td>
              ))}
              {hasActions && (
                <td>
                  {row.actions?.map(({ action, label }) => (
                    <button key={action} type="button" class="small" onClick={() => onInvoke(action, row.id)}>
                      {label}
                    </button>
                  ))}
                </td>
              )}
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length + (hasActions ? 1 : 0)}>Nothing.</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

const shown = (cell: string | number | boolean | undefined): string =>
  cell === undefined ? "" : cell === true ? "yes" : cell === false ? "no" : String(cell);
