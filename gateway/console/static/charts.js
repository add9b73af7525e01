// Draws the figures of a page (components/chart.html) with ECharts: as SVG, without motion, and without HTML of
// its own, so that it runs under the strict policy. What is drawn comes whole from the server.
import { getInstanceByDom, init } from "./vendor/echarts/echarts.js";
import { optionOf } from "./charts_options.js";

const COLOURS = 6;
const DEPTHS = 5;
const ROW = 2.1;
const watched = new ResizeObserver((entries) => {
  for (const { target } of entries) redraw(target);
});
const drawings = new Map();

/** Draw `data` into `host`, or draw it anew there; `ordered`: whether the labels follow one another in time. */
export function draw(host, data, ordered = true) {
  const first = !drawings.has(host);
  drawings.set(host, { data, ordered });
  if (first) watched.observe(host);
  redraw(host);
}

function redraw(host, print = false) {
  const { data, ordered } = drawings.get(host) ?? {};
  if (!data || !host.clientWidth) return;
  const look = lookOf(host, print);
  const lying = data.kind === "bar" && !ordered && data.labels.length > 6;
  if (lying) host.style.height = `${(data.labels.length * data.series.length + 2) * look.size * ROW}px`;
  const chart = getInstanceByDom(host) ?? init(host, null, { renderer: "svg" });
  chart.resize({ width: host.clientWidth, height: host.clientHeight });
  chart.setOption(optionOf(data, look, host.clientWidth, lying), true);
}

// Colours as they are in force here; on paper always those for a light ground.
function lookOf(host, print) {
  const probe = document.createElement("span");
  probe.hidden = true;
  if (print) probe.style.colorScheme = "light";
  host.after(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const look = {
    ink: colour("ink"), quiet: colour("quiet"), edge: colour("edge"), ground: colour("ground"),
    colours: Array.from({ length: COLOURS }, (_, n) => colour(`chart-${n + 1}`)),
    depths: Array.from({ length: DEPTHS }, (_, n) => colour(`depth-${n}`)),
    size: Math.max(12, parseFloat(getComputedStyle(host).fontSize) * 0.87),
    font: getComputedStyle(host).fontFamily,
  };
  probe.remove();
  return look;
}

function drawAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]:not([data-drawn])")) {
    figure.dataset.drawn = "yes";
    draw(figure.querySelector(".drawing"), JSON.parse(figure.dataset.chart), figure.dataset.ordered !== "no");
  }
}

function redrawAll(print) {
  for (const host of drawings.keys()) {
    if (host.isConnected) redraw(host, print);
    else forget(host);
  }
}

function forget(host) {
  getInstanceByDom(host)?.dispose();
  watched.unobserve(host);
  drawings.delete(host);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawAll(false));
addEventListener("beforeprint", () => redrawAll(true));
addEventListener("afterprint", () => redrawAll(false));
document.addEventListener("htmx:after:swap", () => {
  redrawAll(false);
  drawAll();
});
drawAll();
