// Plots as inline SVG, as wide as their place.
import { dollars, fill, h, svg } from './dom.js';

const HEIGHT = 200;
const LEFT = 58;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 24;

const drawn = new Map();

// Round steps, about four of them.
function ticks(low, high) {
    const rough = (high - low) / 4 || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const list = [];
    for (let n = Math.floor(low / step); n * step < high + step; n++)
        list.push(n * step);
    return list;
}

function path(points, steps, at) {
    return points.map(([x, y], i) => {
        const move = i === 0 ? 'M' : steps ? `H${at.x(x)}V` : 'L';
        return i > 0 && steps ? `${move}${at.y(y)}` : `${move}${at.x(x)},${at.y(y)}`;
    }).join('');
}

function axes(at, rows, marks, width) {
    const lines = rows.map((value) => svg('g', { class: value === 0 ? 'zero' : 'rule' },
        svg('line', { x1: LEFT, x2: width - RIGHT, y1: at.y(value), y2: at.y(value) }),
        svg('text', { x: LEFT - 8, y: at.y(value) + 4, 'text-anchor': 'end' },
            value.toLocaleString('en-US'))));
    const names = marks.map(([x, text], i) => svg('text', { x: at.x(x), y: HEIGHT - 6,
        'text-anchor': i === 0 ? 'start' : i === marks.length - 1 ? 'end' : 'middle' }, text));
    return [...lines, ...names];
}

function line(series, at, bottom) {
    const shape = path(series.points, series.steps, at);
    const last = series.points[series.points.length - 1];
    const parts = [svg('path', { class: 'line ' + series.look, d: shape })];
    if (series.area)
        parts.unshift(svg('path', { class: 'area ' + series.look, d: shape
            + `L${at.x(last[0])},${at.y(bottom)}L${at.x(series.points[0][0])},${at.y(bottom)}Z` }));
    parts.push(svg('circle', { class: 'end ' + series.look, cx: at.x(last[0]), cy: at.y(last[1]),
        r: 3 }));
    return parts;
}

// What the pointer is over is told as a tooltip.
function notes(plot, at, width) {
    const step = (width - LEFT - RIGHT) / Math.max(1, plot.notes.length - 1);
    return plot.notes.map(([x, text]) => svg('rect', { class: 'note', x: at.x(x) - step / 2,
        y: TOP, width: step, height: HEIGHT - TOP - BOTTOM }, svg('title', {}, text)));
}

// A few of many marks: the first, the last, and some between.
function few(marks, width) {
    const most = Math.max(2, Math.floor(width / 130));
    if (marks.length <= most)
        return marks;
    return Array.from({ length: most }, (_, i) =>
        marks[Math.round(i * (marks.length - 1) / (most - 1))]);
}

function draw(place, plot) {
    const width = Math.max(place.clientWidth, 240);
    const all = plot.series.flatMap((series) => series.points);
    const xs = all.map(([x]) => x);
    const ys = all.map(([, y]) => y);
    const rows = ticks(Math.min(0, ...ys), Math.max(0, ...ys));
    const [low, high] = [rows[0], rows[rows.length - 1]];
    const [first, last] = [Math.min(...xs), Math.max(...xs)];
    const at = {
        x: (x) => +(LEFT + (x - first) / (last - first || 1) * (width - LEFT - RIGHT)).toFixed(1),
        y: (y) => +(TOP + (high - y) / (high - low || 1) * (HEIGHT - TOP - BOTTOM)).toFixed(1),
    };
    fill(place, svg('svg', { class: 'plot', role: 'img', 'aria-label': plot.label, width,
        height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` },
    ...axes(at, rows, few(plot.marks, width), width), ...plot.series.flatMap((series) =>
        line(series, at, Math.max(low, 0))), ...notes(plot, at, width)));
}

const watcher = new ResizeObserver((changes) => {
    for (const { target } of changes)
        if (drawn.has(target) && target.clientWidth > 0)
            draw(target, drawn.get(target));
});

// plot: { label, series: [{ name, look, points: [[x, y]...], steps?, area? }],
// marks: [[x, text]...], notes: [[x, text]...] }; marks stand below, notes are told for a place.
export function show(place, key, plot) {
    drawn.set(place, plot);
    draw(place, plot);
    watcher.observe(place);
    fill(key, plot.series.map((series) => h('span', { class: 'name ' + series.look },
        `${series.name} ${dollars(series.points[series.points.length - 1][1])}`)));
}
