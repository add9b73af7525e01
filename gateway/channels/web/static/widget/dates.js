/** Dates as citizens here read them: the city's clock, ROC years in Chinese. */

const ZONE = "Asia/Taipei";
const WEEKDAYS = { Sun: "日", Mon: "一", Tue: "二", Wed: "三", Thu: "四", Fri: "五", Sat: "六" };
const ROC_BEFORE = 1911;
const OLD_AFTER_YEARS = 3;

/** A calendar date such as 2024-05-02; anything else comes back as it is. */
export function dateWords(isoDate, language) {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(isoDate ?? "");
  if (!found) return isoDate ?? "";
  const [year, month, day] = found.slice(1).map(Number);
  if (language !== "en") return `民國 ${year - ROC_BEFORE} 年 ${month} 月 ${day} 日`;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

/** An instant to the minute, in the city. */
export function instantWords(iso, language) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return String(iso);
  const options = {
    timeZone: ZONE, hourCycle: "h23", year: "numeric", month: language === "en" ? "short" : "numeric",
    day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit",
  };
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", options).formatToParts(at).map(({ type, value }) => [type, value]),
  );
  const time = `${parts.hour}:${parts.minute}`;
  if (language === "en") return `${parts.weekday}, ${parts.day} ${parts.month} ${parts.year}, ${time}`;
  const year = Number(parts.year) - ROC_BEFORE;
  return `${year} 年 ${parts.month} 月 ${parts.day} 日（${WEEKDAYS[parts.weekday]}）${time}`;
}

/** The hour and minute of a message. */
export function clockWords(iso) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    .format(new Date(iso));
}

/** Whether a source of this date is more than three years old. */
export function isOld(isoDate, now = new Date()) {
  const limit = new Date(now);
  limit.setFullYear(limit.getFullYear() - OLD_AFTER_YEARS);
  return Date.parse(isoDate) < limit.getTime();
}
