// What ECharts is told of one drawing. Pure: data and look in, an option out.

const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "arrow"];
const DASHES = ["solid", [7, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 2]];
const FILLED = new Set(["bar", "stacked", "share"]);
const NARROW = 560;
const LABELLED = 14;
const POINTS_MARKED = 40;

/** The option of a drawing; `lying`: whether bars lie. */
export function optionOf(data, look, width, lying) {
  const narrow = width < NARROW;
  const { series, ...more } = MAKERS[data.kind](data, look, narrow, lying);
  return {
    animation: false,
    aria: { enabled: true, label: { enabled: false }, decal: { show: series.length > 1 && FILLED.has(data.kind) } },
    color: look.colours,
    textStyle: { fontFamily: look.font, fontSize: look.size, color: look.ink },
    grid: { left: 4, right: 12, top: 16, bottom: 4, containLabel: true },
    ...more,
    series,
  };
}

const MAKERS = {
  line: (data, look, narrow) => {
    const direct = !narrow && data.series.length > 1;
    const option = plain(data, look, narrow, false, data.series.map((one, n) => ({
      ...line(one, n, data.labels.length),
      endLabel: { show: direct, formatter: "{a}", color: look.ink, fontSize: look.size },
      labelLayout: { moveOverlap: "shiftY" },
    })));
    if (direct) option.grid.right = 12 + Math.max(...data.series.map((one) => one.name.length)) * look.size;
    return option;
  },
  bar: (data, look, narrow, lying) => plain(data, look, narrow, lying, data.series.map((one) => ({
    name: one.name, type: "bar", data: one.values, barMaxWidth: 44,
    label: {
      show: data.labels.length * data.series.length <= LABELLED || lying, color: look.ink, fontSize: look.size,
      position: lying ? "right" : "top", formatter: ({ dataIndex }) => one.texts[dataIndex],
    },
    labelLayout: { hideOverlap: true },
  }))),
  stacked: (data, look, narrow) => plain(data, look, narrow, false, data.series.map((one) => ({
    name: one.name, type: "bar", stack: "whole", data: one.values, barMaxWidth: 60,
    itemStyle: { borderColor: look.ground, borderWidth: 1 },
  }))),
  share: (data, look, narrow) => {
    const sums = data.labels.map((_, n) => data.series.reduce((sum, one) => sum + (one.values[n] ?? 0), 0));
    const shares = data.series.map((one) => one.values.map((value, n) => (sums[n] ? (value ?? 0) / sums[n] : null)));
    const option = plain(data, look, narrow, false, data.series.map((one, n) => ({
      name: one.name, type: "bar", stack: "whole", data: shares[n], barMaxWidth: 60,
      itemStyle: { borderColor: look.ground, borderWidth: 1 },
    })), (n, row) => `${data.series[row].texts[n]}（${percent(shares[row][n])}）`);
    option.yAxis.max = 1;
    option.yAxis.axisLabel.formatter = percent;
    return option;
  },
  heat: (data, look, narrow) => {
    const most = Math.max(1, ...data.series.flatMap((one) => one.values.map((value) => value ?? 0)));
    const last = look.depths.length - 1;
    const depth = (value) => (value > 0 ? Math.min(last, Math.ceil((value / most) * last)) : 0);
    const written = !narrow && data.labels.length <= 24;
    const cells = data.series.flatMap((one, row) => one.values.map((value, n) => ({
      value: [n, row, value ?? "-"],
      itemStyle: { color: look.depths[depth(value ?? 0)], borderColor: look.ground, borderWidth: 1 },
      label: { color: contrast(look.depths[depth(value ?? 0)]) },
    })));
    return {
      grid: { left: 4, right: 12, top: 8, bottom: 4, containLabel: true },
      tooltip: tip(look, "item", ({ value: [n, row] }) => `${data.series[row].name} ${data.labels[n]}：${data.series[row].texts[n]}`),
      xAxis: { ...names(data.labels, look), splitArea: { show: false } },
      yAxis: { ...names(data.series.map((one) => one.name), look), inverse: true },
      series: [{
        type: "heatmap", data: cells,
        label: { show: written, fontSize: look.size * 0.8, formatter: ({ value: [n, row] }) => data.series[row].texts[n] },
      }],
    };
  },
  band: (data, look, narrow) => {
    const [figure, low, high, real] = data.series;
    const rise = high.values.map((value, n) => (value === null || low.values[n] === null ? null : value - low.values[n]));
    const between = `${low.name}–${high.name}`;
    const unseen = { type: "line", stack: "band", symbol: "none", lineStyle: { opacity: 0 }, tooltip: { show: false } };
    const rows = [
      { ...unseen, name: low.name, data: low.values },
      { ...unseen, name: between, color: look.colours[0], data: rise, areaStyle: { opacity: 0.25 } },
      { ...line(figure, 0, data.labels.length), color: look.colours[0] },
    ];
    if (real) rows.push({ ...line(real, 1, 0), color: look.colours[1], lineStyle: { width: 1.5, type: DASHES[1] } });
    const option = plain(data, look, narrow, false, rows, (n, row) => data.series[row].texts[n]);
    option.legend.data = [figure.name, { name: between, icon: "rect" }, ...(real ? [real.name] : [])];
    return option;
  },
};

function line(one, n, points) {
  return {
    name: one.name, type: "line", data: one.values, connectNulls: false,
    symbol: SYMBOLS[n % SYMBOLS.length], symbolSize: 8, showSymbol: points <= POINTS_MARKED,
    lineStyle: { width: 2.5, type: DASHES[n % DASHES.length] },
  };
}

// Labels on one axis, figures on the other; what is pointed at is told in the words of the table.
function plain(data, look, narrow, lying, series, told = (n, row) => data.series[row].texts[n]) {
  const several = series.length > 1;
  const label = names(data.labels, look);
  const figures = {
    type: "value", axisLabel: { color: look.quiet, fontSize: look.size }, splitLine: { lineStyle: { color: look.edge } },
  };
  return {
    grid: { left: 4, right: lying ? 70 : 12, top: several ? look.size * (narrow ? 4.5 : 2.8) : 16, bottom: 4, containLabel: true },
    legend: { show: several, top: 0, left: 0, itemGap: 14, textStyle: { color: look.ink, fontSize: look.size } },
    tooltip: tip(look, "axis", (shown) => {
      const n = shown[0].dataIndex;
      return [data.labels[n], ...data.series.map((one, row) => `${one.name}  ${told(n, row)}`)].join("\n");
    }),
    xAxis: lying ? figures : label,
    yAxis: lying ? { ...label, inverse: true } : figures,
    series,
  };
}

function names(labels, look) {
  return {
    type: "category", data: labels, axisLabel: { color: look.quiet, fontSize: look.size, hideOverlap: true },
    axisLine: { lineStyle: { color: look.edge } }, axisTick: { show: false },
  };
}

// Drawn, not built of HTML: the library's own HTML carries inline styles, which the page's policy refuses.
function tip(look, trigger, formatter) {
  return {
    trigger, formatter, renderMode: "richText", confine: true, transitionDuration: 0, backgroundColor: look.ground,
    borderColor: look.edge, textStyle: { color: look.ink, fontSize: look.size },
  };
}

function percent(share) {
  return share === null ? "—" : `${(share * 100).toFixed(1)}%`;
}

function contrast(colour) {
  const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
  return r * 0.299 + g * 0.587 + b * 0.114 > 140 ? "#10181d" : "#ffffff";
}
