// A chart of the report goes along: its bars, its figures, and what it says in words.
function redraw(svg, results) {
  const { left, room, title, chart } = svg.dataset;
  const rows = [...svg.querySelectorAll("g")].map((place) => {
    const [label, value, low, high] = JSON.parse(place.dataset.row);
    const { now, range, unit } = results.get(label) || { now: value };
    const figure = place.querySelector(".figure");
    if (unit) figure.textContent = Number.isFinite(now) ? shown(now, unit) : "unknown";
    const span = chart === "amounts" ? [0, now] : (range || [low, high]).map((end) => end / (range ? now : value));
    return { place, span, words: `${label} ${figure.textContent}` };
  });
  const all = rows.flatMap(({ span }) => span).filter(Number.isFinite);
  const [low, high] = chart === "amounts" ? [0, Math.max(...all)] : [Math.min(...all, 0.9), Math.max(...all, 1.1)];
  const x = (value) => Number(left) + ((value - low) / (high - low)) * Number(room);
  const put = (found, name, value) => found.forEach((part) => part.setAttribute(name, value));
  rows.forEach(({ place, span: [from, to] }) => {
    put(place.querySelectorAll("rect"), "x", x(from));
    put(place.querySelectorAll("rect"), "width", Math.max(x(to) - x(from), 1) || 0);
  });
  put(svg.querySelectorAll("circle"), "cx", x(1));
  ["x1", "x2"].forEach((end) => put(svg.querySelectorAll("line"), end, x(1)));
  const words = rows.map((row) => row.words).join("; ");
  svg.querySelector("desc").textContent = words;
  svg.setAttribute("aria-label", `${title}: ${words}`);
}
