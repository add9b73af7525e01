// One area's figures: summed over months, and as people read them. The same rules as the table of the server.

/** Received, open and overdue of one month (from 1), or of all of them (0). */
export function figures(area, month) {
  const rows = month ? area.months.filter((row) => row[0] === month - 1) : area.months;
  return rows.reduce((sum, row) => sum.map((value, n) => value + row[n + 1]), [0, 0, 0]);
}

/** One figure by its name; null where nothing can be said. */
export function figure([received, open, overdue], key, km2) {
  if (key === "share") return open ? overdue / open : null;
  if (key === "density") return km2 ? received / km2 : null;
  return { received, open, overdue }[key];
}

/** As people read it. */
export function shown(value, key) {
  if (value === null || value === undefined) return "—";
  if (key === "share") return `${(100 * value).toFixed(2)}%`;
  if (key === "density") return value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return value.toLocaleString("en");
}
