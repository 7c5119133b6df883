// Draws every canvas that names its data: <canvas data-chart="id"> beside a json_script of that id.
// Colours come from css/tokens.css, so that the charts are dressed like the page.
(() => {
  "use strict";
  if (!window.Chart) return; // the table below the picture says the same

  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const palette = [1, 2, 3, 4, 5, 6, 7].map((n) => token(`--series-${n}`));
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const money = (data, value, least = data.digits) =>
    value.toLocaleString("en-GB", { style: "currency", currency: data.currency, minimumFractionDigits: least, maximumFractionDigits: data.digits });
  const written = (data, value) => {
    if (data.unit === "percent") return percent(value);
    return data.unit === "money" ? money(data, value) : value.toLocaleString("en-GB");
  };

  Object.assign(window.Chart.defaults, { color: token("--ink-soft"), borderColor: token("--line"), maintainAspectRatio: false });
  window.Chart.defaults.font.family = token("--font");
  window.Chart.defaults.font.size = 13;
  if (still) window.Chart.defaults.animation = false;

  // The 95 % interval of a point or bar, as a thin line with two ends.
  const whisker = (ctx, point, [from, to], lies) => {
    const at = (along, across) => (lies ? [along, point.y + across] : [point.x + across, along]);
    ctx.beginPath();
    ctx.moveTo(...at(from, 0));
    ctx.lineTo(...at(to, 0));
    for (const end of [from, to]) {
      ctx.moveTo(...at(end, -3));
      ctx.lineTo(...at(end, 3));
    }
    ctx.stroke();
  };

  const whiskers = {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart;
      const lies = chart.options.indexAxis === "y";
      const scale = lies ? scales.x : scales.y;
      ctx.save();
      ctx.strokeStyle = token("--ink");
      ctx.lineWidth = 1;
      chart.data.datasets.forEach((set, index) => {
        if (!set.intervals?.length || !chart.isDatasetVisible(index)) return;
        chart.getDatasetMeta(index).data.forEach((point, at) => {
          const bounds = set.intervals[at];
          if (bounds) whisker(ctx, point, bounds.map((value) => scale.getPixelForValue(value)), lies);
        });
      });
      ctx.restore();
    },
  };

  // Majority, threshold, best reachable: dashed lines across the picture, told apart by colour and dash.
  const reference = (series, nth) => ({
    type: "line",
    label: series.name,
    data: series.values,
    borderColor: nth ? token("--series-3") : token("--ink"),
    backgroundColor: "transparent",
    borderDash: nth ? [2, 3] : [6, 4],
    borderWidth: 2,
    pointStyle: "line",
    pointRadius: series.values.length > 1 ? 0 : 12,
    pointHoverRadius: 0,
    order: -1,
  });

  // Where there are more lines than colours, the shape of the points and the dash tell them apart.
  const shapes = ["circle", "rect", "triangle"];
  const dashes = [[], [7, 4], [2, 3]];

  const drawn = (series, nth, kind) => {
    const colour = palette[nth % palette.length];
    const round = Math.floor(nth / palette.length) % shapes.length;
    const bar = { backgroundColor: colour, borderRadius: 3, maxBarThickness: 42 };
    const line = {
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: 2,
      borderDash: dashes[round],
      pointStyle: shapes[round],
      pointRadius: series.values.length > 24 ? 0 : 3.5,
    };
    return {
      label: series.name,
      data: series.values,
      intervals: series.intervals,
      cubicInterpolationMode: kind === "spline" ? "monotone" : "default",
      ...(kind === "bar" ? bar : line),
    };
  };

  const datasets = (data) => {
    const counts = { reference: 0, drawn: 0 };
    return data.series.map((s) => (s.reference ? reference(s, counts.reference++) : drawn(s, counts.drawn++, data.kind)));
  };

  // Lines may be looked at closely, bars always stand on zero.
  const bounds = (data) => {
    const seen = data.series.flatMap((s) => [...s.values, ...s.intervals.flat()]).filter((value) => value !== null);
    if (data.stacked) return { min: 0, max: 1 };
    if (data.unit === "money") return { suggestedMin: Math.min(0, ...seen), suggestedMax: Math.max(0, ...seen) };
    if (data.unit !== "percent" || !seen.length) return { min: 0, suggestedMax: 1 };
    const low = Math.floor((Math.min(...seen) - 0.02) * 10) / 10;
    const high = Math.ceil((Math.max(...seen) + 0.005) * 10) / 10;
    return { min: data.kind === "bar" ? 0 : Math.max(0, low), max: Math.min(1, high) };
  };

  const axes = (data, lies) => {
    const stacked = Boolean(data.stacked);
    const names = { stacked, grid: { display: false }, ticks: { maxRotation: 50, autoSkip: data.kind !== "bar" } };
    const tick = (value) => {
      if (data.unit === "percent") return `${Math.round(100 * value)} %`;
      return data.unit === "money" ? money(data, value, 0) : written(data, value);
    };
    const whole = data.unit === "count" ? { precision: 0 } : {}; // nobody comes by halves
    const values = { stacked, ...bounds(data), ticks: { callback: tick, ...whole } };
    return lies ? { x: values, y: names } : { x: names, y: values };
  };

  const legend = { position: "bottom", labels: { usePointStyle: true, boxWidth: 18, boxHeight: 8, padding: 14 } };

  const overAxes = (data, canvas) => {
    const narrow = canvas.parentElement.clientWidth < 560;
    const lies = data.kind === "bar" && data.labels.length > 3 && narrow;
    canvas.parentElement.classList.toggle("tall", lies || (narrow && data.series.length > 5)); // room for the legend
    const told = (item) => ` ${item.dataset.label}: ${written(data, lies ? item.parsed.x : item.parsed.y)}`;
    return {
      type: data.kind === "bar" ? "bar" : "line",
      data: { labels: data.labels, datasets: datasets(data) },
      options: {
        indexAxis: lies ? "y" : "x",
        scales: axes(data, lies),
        interaction: { mode: "index", intersect: false, axis: lies ? "y" : "x" },
        plugins: { legend, tooltip: { callbacks: { label: told } } },
      },
      plugins: [whiskers],
    };
  };

  const pie = (data) => ({
    type: "pie",
    data: {
      labels: data.labels,
      datasets: [{ data: data.series[0].values, backgroundColor: palette, borderColor: token("--paper"), borderWidth: 2 }],
    },
    options: {
      plugins: {
        legend,
        tooltip: { callbacks: { label: (item) => ` ${item.label}: ${written(data, item.parsed)}` } },
      },
    },
  });

  const draw = (canvas) => {
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    return new window.Chart(canvas, data.kind === "pie" ? pie(data) : overAxes(data, canvas));
  };

  document.querySelectorAll("canvas[data-chart]").forEach(draw);

  // Whoever writes new data beside a canvas asks it to draw itself again, at once and without a dance.
  document.addEventListener("chart:renew", ({ target }) => {
    const dance = window.Chart.defaults.animation;
    window.Chart.getChart(target)?.destroy();
    window.Chart.defaults.animation = false;
    draw(target);
    window.Chart.defaults.animation = dance;
  });
})();
