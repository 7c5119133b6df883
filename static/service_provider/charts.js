// Draws every canvas that names its data: <canvas data-chart="id"> beside a json_script of that id.
// Colours come from css/tokens.css, so that the charts are dressed like the page.
(() => {
  "use strict";
  if (!window.Chart) return; // the table below the picture says the same

  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const palette = [1, 2, 3, 4, 5, 6].map((n) => token(`--series-${n}`));
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const written = (unit, value) => (unit === "percent" ? percent(value) : value.toLocaleString("en-GB"));

  Object.assign(window.Chart.defaults, { color: token("--ink-soft"), borderColor: token("--line"), maintainAspectRatio: false });
  window.Chart.defaults.font.family = token("--font");
  window.Chart.defaults.font.size = 13;
  if (still) window.Chart.defaults.animation = false;

  // The 95 % interval of a point or bar, as a thin line with two ends.
  const whiskers = {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart;
      chart.data.datasets.forEach((set, index) => {
        if (!set.intervals?.length || !chart.isDatasetVisible(index)) return;
        ctx.save();
        ctx.strokeStyle = token("--ink");
        ctx.lineWidth = 1;
        chart.getDatasetMeta(index).data.forEach((point, at) => {
          const bounds = set.intervals[at];
          if (!bounds) return;
          const [low, high] = bounds.map((value) => scales.y.getPixelForValue(value));
          ctx.beginPath();
          ctx.moveTo(point.x, low);
          ctx.lineTo(point.x, high);
          [low, high].forEach((y) => {
            ctx.moveTo(point.x - 3, y);
            ctx.lineTo(point.x + 3, y);
          });
          ctx.stroke();
        });
        ctx.restore();
      });
    },
  };

  const reference = (series) => ({
    type: "line",
    label: series.name,
    data: series.values,
    borderColor: token("--ink"),
    backgroundColor: "transparent",
    borderDash: [6, 4],
    borderWidth: 2,
    pointRadius: series.values.length > 1 ? 0 : 4,
    order: -1,
  });

  const drawn = (series, index, kind) => {
    const colour = palette[index % palette.length];
    const line = { borderColor: colour, borderWidth: 2, pointRadius: 3, pointBackgroundColor: colour };
    return {
      label: series.name,
      data: series.values,
      intervals: series.intervals,
      backgroundColor: kind === "bar" ? colour : `${colour}1f`,
      ...(kind === "bar" ? { borderRadius: 3, maxBarThickness: 42 } : line),
      tension: kind === "spline" ? 0.4 : 0,
      cubicInterpolationMode: kind === "spline" ? "monotone" : "default",
    };
  };

  // Shares rarely fill the whole axis; lines may be looked at closely, bars always stand on zero.
  const lowest = (data) => {
    const seen = data.series.flatMap((s) => [...s.values, ...(s.intervals ?? []).flat()]).filter((v) => v !== null);
    return data.kind === "bar" || !seen.length ? 0 : Math.max(0, Math.floor((Math.min(...seen) - 0.05) * 10) / 10);
  };

  const axes = (data) => ({
    x: { grid: { display: false }, ticks: { maxRotation: 60, autoSkip: data.kind !== "bar" } },
    y: {
      min: data.unit === "percent" ? lowest(data) : 0,
      suggestedMax: data.unit === "percent" ? 0.6 : 1,
      ticks: { callback: (value) => (data.unit === "percent" ? `${Math.round(100 * value)} %` : written("count", value)) },
    },
  });

  const overAxes = (data) => ({
    type: data.kind === "bar" ? "bar" : "line",
    data: {
      labels: data.labels,
      datasets: data.series.map((s, index) => (s.reference ? reference(s) : drawn(s, index, data.kind))),
    },
    options: {
      scales: axes(data),
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { position: "bottom", labels: { boxWidth: 14, boxHeight: 10 } },
        tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${written(data.unit, item.parsed.y)}` } },
      },
    },
    plugins: [whiskers],
  });

  const pie = (data) => ({
    type: "pie",
    data: {
      labels: data.labels,
      datasets: [{ data: data.series[0].values, backgroundColor: palette, borderColor: token("--paper"), borderWidth: 2 }],
    },
    options: {
      plugins: {
        legend: { position: "bottom", labels: { boxWidth: 14, boxHeight: 10 } },
        tooltip: { callbacks: { label: (item) => ` ${item.label}: ${written(data.unit, item.parsed)}` } },
      },
    },
  });

  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    new window.Chart(canvas, data.kind === "pie" ? pie(data) : overAxes(data));
  }
})();
