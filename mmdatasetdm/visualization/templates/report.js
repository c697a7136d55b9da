(() => {
'use strict';
const PAGE = 48, BINS = 20;
const $ = id => document.getElementById(id);
const settings = JSON.parse($('settings').textContent);
const titles = new Map(settings.scores.map(([key, title, format]) => [key, {title, format}]));
const colours = new Map(settings.colours);
const all = [];  // every sample: {id, prompt, text, image, layers, classes: Map(name, fraction), scores: Map(key, value), dropped}
const state = {q: '', class: '', status: '', sort: '', down: '', view: '', page: 0, range: ''};
let found = [], opened = -1, loaded = 0;

// texts go into the page as texts, never as markup
function element(tag, options = {}, ...children) {
  const {data, style, ...rest} = options, made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, data);
  Object.assign(made.style, style);
  made.append(...children);
  return made;
}
function drawing(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  made.append(...children);
  return made;
}
const dot = name => element('i', {className: 'dot', style: {background: colours.get(name) || '#a0a0a0'}});
const title = key => titles.has(key) ? titles.get(key).title : key.replace('.', ' ').replaceAll('_', ' ');
function shown(key, value) {
  const format = titles.has(key) ? titles.get(key).format : 'number';
  if (format === 'percent') return (100 * value).toFixed(1) + ' %';
  if (format === 'metres') return value.toFixed(2) + ' m';
  return format === 'count' ? String(+value.toFixed(1)) : value.toFixed(2);
}
const count = number => number.toLocaleString('en');
const rule = sample => sample.dropped.split(':', 1)[0];

// records -----------------------------------------------------------------------------------------
window.addSamples = text => {
  const chunk = JSON.parse(text);
  for (const [id, prompt, image, layers, classes, scores, dropped] of chunk.rows) {
    all.push({
      id, prompt, image, layers, dropped,
      text: `${prompt}\n${dropped || ''}`.toLowerCase(),
      classes: new Map(classes.map(([index, fraction]) => [chunk.classes[index], fraction])),
      scores: new Map(scores.map((value, index) => [chunk.scores[index], value]).filter(([, value]) => value !== null)),
    });
  }
};
function load() {
  if (loaded === settings.scripts.length) return arrived(true);
  const file = settings.scripts[loaded++];
  document.head.append(element('script', {
    src: file,
    onload: () => { if (loaded === 1 && settings.scripts.length > 1) arrived(false); load(); },
    onerror: () => { $('note').textContent = `${file} cannot be read: run tools/report.py again.`; },
  }));
}
function arrived(whole) {
  fillChoices();
  refresh();
  setTimeout(drawHistograms);  // the samples first
  document.documentElement.dataset[whole ? 'whole' : 'first'] = performance.now().toFixed();  // milliseconds
}

// what is shown -----------------------------------------------------------------------------------
const kinds = {
  selected: sample => !sample.dropped,
  dropped: sample => sample.dropped,
  all: () => true,
};
function fillChoices() {
  const rules = new Map(), classes = new Map(), scores = new Set();
  let kept = 0;
  for (const sample of all) {
    if (sample.dropped) rules.set(rule(sample), (rules.get(rule(sample)) || 0) + 1);
    else kept++;
    for (const name of sample.classes.keys()) classes.set(name, (classes.get(name) || 0) + 1);
    for (const key of sample.scores.keys()) scores.add(key);
  }
  if (!state.status) state.status = kept ? 'selected' : 'all';
  // a first page without labels says little: where they are drawn for some samples only, those come first
  const partly = all.some(sample => sample.layers.length) && all.some(sample => sample.image && !sample.layers.length);
  if (!state.sort) state.sort = partly ? 'drawn' : 'id';
  $('status').replaceChildren(
    new Option(`selected (${count(kept)})`, 'selected'),
    new Option(`dropped (${count(all.length - kept)})`, 'dropped'),
    ...[...rules].map(([name, number]) => new Option(`– ${name} (${count(number)})`, `rule:${name}`)),
    new Option(`all (${count(all.length)})`, 'all'));
  const keys = [...titles.keys()].filter(key => scores.has(key)).concat([...scores].filter(key => !titles.has(key)));
  $('sort').replaceChildren(...(partly || state.sort === 'drawn' ? [new Option('labels drawn first', 'drawn')] : []), new Option('by number', 'id'), ...keys.map(key => new Option(`by ${title(key)}`, key)));
  const order = [...colours.keys()].filter(name => classes.has(name)).concat([...classes.keys()].filter(name => !colours.has(name)));
  $('classes').replaceChildren(...order.map(name => element('button', {data: {class: name},
    onclick: () => set({class: state.class === name ? '' : name})}, dot(name), name, element('small', {textContent: count(classes.get(name))}))));
  $('classes').hidden = !order.length;
}
function refresh() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const [key, low, high] = state.range ? state.range.split('~') : [];
  const status = kinds[state.status] || (sample => sample.dropped && `rule:${rule(sample)}` === state.status);
  found = all.filter(sample => status(sample)
    && words.every(word => word === `#${sample.id}` || sample.text.includes(word))
    && (!state.class || sample.classes.has(state.class))
    && (!key || (sample.scores.has(key) && sample.scores.get(key) >= +low && sample.scores.get(key) <= +high)));
  const sign = state.down ? -1 : 1, by = state.sort;
  if (by === 'id') found.sort((a, b) => sign * (a.id - b.id));
  else if (by === 'drawn') found.sort((a, b) => sign * (!a.layers.length - !b.layers.length) || a.id - b.id);
  else {
    const value = sample => sample.scores.has(by) ? sign * sample.scores.get(by) : Infinity;  // without one: last
    found.sort((a, b) => { const x = value(a), y = value(b); return x === y ? a.id - b.id : x < y ? -1 : 1; });
  }
  state.page = Math.max(0, Math.min(+state.page, Math.ceil(found.length / PAGE) - 1));
  drawPage();
  location.replace('#' + new URLSearchParams(Object.entries(state).filter(([, value]) => value)));
}
function set(change) {
  Object.assign(state, {page: 0}, change);
  refresh();
}
function drawPage() {
  const first = state.page * PAGE, part = found.slice(first, first + PAGE), pages = Math.ceil(found.length / PAGE);
  $('gallery').replaceChildren(...part.map((sample, index) => card(sample, first + index)));
  const note = [found.length ? `${count(first + 1)}–${count(first + part.length)} of ${count(found.length)} samples.` : 'No sample is like that.'];
  if (part.length && state.view !== 'image') note.push('Point at a picture to see it without labels, click for all of them.', settings.legends[state.view]);
  if (part.some(sample => sample.image && !sample.layers.length)) note.push('Labels are drawn for some samples only: tools/report.py --samples all draws all.');
  $('note').replaceChildren(note.join(' ') + ' ');
  if (state.range) {
    const [key, low, high] = state.range.split('~');
    $('note').append(element('button', {className: 'range', textContent: `${title(key)} ${shown(key, +low)} to ${shown(key, +high)} ✕`, onclick: () => set({range: ''})}));
  }
  $('pager').replaceChildren(...(pages < 2 ? [] : [
    step('« first', 0), step('‹ back', state.page - 1), element('span', {textContent: `${count(state.page + 1)} of ${count(pages)}`}),
    step('next ›', state.page + 1), step('last »', pages - 1)]));
  function step(text, page) {
    return element('button', {textContent: text, disabled: page < 0 || page >= pages || page === state.page,
      onclick: () => { set({page}); $('samples').scrollIntoView(); }});
  }
  $('query').value = state.q;
  $('status').value = state.status;
  $('sort').value = state.sort;
  $('order').textContent = state.down ? '↓' : '↑';
  for (const one of document.querySelectorAll('[data-view]')) one.classList.toggle('on', one.dataset.view === state.view);
  for (const one of document.querySelectorAll('[data-class]')) one.classList.toggle('on', one.dataset.class === state.class);
}
const layerPath = (sample, layer) => `img/${String(sample.id).padStart(8, '0')}_${layer}${settings.endings[layer]}`;
function picture(sample, layer, fallback) {
  const frame = element('div', {className: 'frame', style: {aspectRatio: '1'}});
  if (!sample.image) frame.append(element('span', {className: 'none', textContent: 'no image'}));
  else {
    const image = element('img', {loading: 'lazy', alt: sample.prompt});
    image.onload = () => { frame.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`; };
    image.src = sample.image;
    frame.append(image);
    if (sample.layers.includes(layer)) frame.append(element('img', {className: 'layer', loading: 'lazy', alt: '', src: layerPath(sample, layer)}));
  }
  return frame;
}
function card(sample, index) {
  const facts = [`#${sample.id}`], main = ['id', 'drawn'].includes(state.sort) ? null : state.sort;
  if (main && sample.scores.has(main)) facts.push(`${title(main)} ${shown(main, sample.scores.get(main))}`);
  else for (const key of ['semantic.confidence', 'instance.confidence', 'pose.confidence'])
    if (sample.scores.has(key) && facts.length < 2) facts.push(`confidence ${sample.scores.get(key).toFixed(2)}`);
  const caption = element('figcaption', {}, element('div', {className: 'prompt', textContent: sample.prompt, title: sample.prompt}),
    element('span', {className: 'soft', textContent: facts.join(' · ')}));
  if (sample.dropped) caption.append(element('div', {className: 'why', textContent: sample.dropped}));
  return element('figure', {className: 'sample', tabIndex: 0, onclick: () => open(index),
    onkeydown: event => { if (event.key === 'Enter') open(index); }}, picture(sample, state.view), caption);
}

// one sample, large -------------------------------------------------------------------------------
function open(index) {
  if (index < 0 || index >= found.length) return;
  opened = index;
  const sample = found[index], panels = element('div', {className: 'panels'});
  for (const layer of ['image', ...sample.layers])
    panels.append(element('figure', {}, picture(sample, layer), element('figcaption', {textContent: layer})));
  const scores = element('div', {className: 'scores'});
  for (const [key, value] of sample.scores)
    scores.append(element('div', {}, element('span', {className: 'soft', textContent: title(key)}), element('span', {className: 'n', textContent: shown(key, value)})));
  const chips = element('div', {className: 'chips'});
  for (const [name, fraction] of sample.classes)
    chips.append(element('span', {}, dot(name), fraction ? `${name} ${(100 * fraction).toFixed(1)} %` : name));
  const button = (text, label, enabled, onclick) => element('button', {className: 'icon', textContent: text, title: label, ariaLabel: label, disabled: !enabled, onclick});
  const head = element('div', {}, sample.prompt, element('div', {className: 'soft facts', textContent: `#${sample.id}`}));
  if (sample.dropped) head.append(element('div', {className: 'why facts', textContent: sample.dropped}));
  $('detail').replaceChildren(element('div', {className: 'head'}, head,
    button('‹', 'Back (←)', index > 0, () => open(index - 1)),
    button('›', 'Next (→)', index + 1 < found.length, () => open(index + 1)),
    button('✕', 'Close (Esc)', true, () => $('detail').close())), panels, chips, scores);
  if (!$('detail').open) $('detail').showModal();
}
$('detail').onclick = event => { if (event.target === $('detail')) $('detail').close(); };
addEventListener('keydown', event => {
  if ($('detail').open && event.key === 'ArrowRight') open(opened + 1);
  if ($('detail').open && event.key === 'ArrowLeft') open(opened - 1);
});

// histograms --------------------------------------------------------------------------------------
function drawHistograms() {
  const boxes = [];
  for (const {value: key} of $('sort').options) {
    if (['id', 'drawn'].includes(key)) continue;
    const values = all.filter(sample => sample.scores.has(key)).map(sample => [sample.scores.get(key), sample.dropped]);
    let low = Infinity, high = -Infinity, sum = 0;
    for (const [value] of values) { low = Math.min(low, value); high = Math.max(high, value); sum += value; }
    if (!(high > low)) continue;
    const whole = titles.has(key) && titles.get(key).format === 'count';
    const width = whole ? Math.ceil((high - low + 1) / BINS) : (high - low) / BINS;
    const bins = Array.from({length: whole ? Math.ceil((high - low + 1) / width) : BINS}, () => [0, 0]);
    for (const [value, dropped] of values) bins[Math.min(bins.length - 1, Math.floor((value - low) / width))][dropped ? 1 : 0]++;
    const most = Math.max(...bins.map(([kept, cut]) => kept + cut)), chart = drawing('svg', {viewBox: `0 0 ${bins.length} 1`, preserveAspectRatio: 'none'});
    bins.forEach(([kept, cut], index) => {
      const from = low + index * width, to = whole ? from + width - 1 : from + width, a = kept / most, b = cut / most;
      const group = drawing('g', {}, drawing('rect', {class: 'hit', x: index, y: 0, width: 1, height: 1}),
        drawing('rect', {class: 'kept', x: index + .06, y: 1 - a, width: .88, height: a}),
        drawing('rect', {class: 'cut', x: index + .06, y: 1 - a - b, width: .88, height: b}),
        drawing('title', {}, `${shown(key, from)} to ${shown(key, to)}: ${count(kept)} selected, ${count(cut)} dropped`));
      group.onclick = () => { set({range: `${key}~${from}~${to}`, status: 'all', sort: key}); $('samples').scrollIntoView(); };
      chart.append(group);
    });
    boxes.push(element('div', {className: 'histogram'}, element('b', {textContent: title(key), title: title(key)}), chart,
      element('div', {}, element('span', {textContent: shown(key, low)}), element('span', {textContent: `⌀ ${shown(key, sum / values.length)}`, title: 'mean'}),
        element('span', {textContent: shown(key, high)}))));
  }
  $('histograms').replaceChildren(...boxes);
}

// controls ----------------------------------------------------------------------------------------
$('query').oninput = event => set({q: event.target.value});
$('status').onchange = event => set({status: event.target.value});
$('sort').onchange = event => set({sort: event.target.value});
$('order').onclick = () => set({down: state.down ? '' : '1'});
for (const one of document.querySelectorAll('[data-view]')) one.onclick = () => { state.view = one.dataset.view; refresh(); };
for (const one of document.querySelectorAll('[data-rule]'))
  one.onclick = () => { set({status: `rule:${one.dataset.rule}`}); $('samples').scrollIntoView(); };
if ($('opacity')) $('opacity').oninput = event => {
  $('slope').setAttribute('slope', event.target.value / 50);
  $('gallery').classList.toggle('faded', event.target.value !== '50');
};
const memory = { get: () => { try { return localStorage.getItem('theme'); } catch { return null; } },
  set: value => { try { localStorage.setItem('theme', value); } catch { /* the browser keeps nothing for files */ } } };
if (memory.get()) document.documentElement.dataset.theme = memory.get();
$('theme').onclick = () => {
  const root = document.documentElement, system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.dataset.theme = (root.dataset.theme || system) === 'dark' ? 'light' : 'dark';
  memory.set(root.dataset.theme);
};
for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (key in state) state[key] = value;
state.view = state.view || document.querySelector('[data-view]').dataset.view;
load();
})();
