// What pages gain with scripts. Every page works without this file: links, forms and <details> do the same things.
// Each part looks for its own data attributes; README.md lists them. No dependency, no eval, no inline style.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element with attributes and children; texts are never read as markup. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const typing = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=submit], [type=button])'));

/* Memory of this browser; private windows may refuse it, and then nothing is remembered. */
const memory = {
  get(key) { try { return localStorage.getItem(`relance.${key}`); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(`relance.${key}`, value); } catch { /* not remembered */ } },
};

/* ---- Short messages ------------------------------------------------------------------------------------------------ */

const toasts = $('[data-toasts]');

/** Says something in passing: read aloud by screen readers, gone after a while unless it tells of a failure. */
export function say(text, kind = 'ok') {
  if (!toasts) return;
  const toast = make('p', { class: `toast ${kind}` }, make('span', {}, text));
  toasts.append(toast);
  dress(toast);
}

function dress(toast) {
  const close = make('button', { type: 'button', class: 'button quiet small', 'aria-label': 'Fermer ce message' }, '×');
  close.addEventListener('click', () => toast.remove());
  toast.append(close);
  if (toast.matches('.bad, [data-stays]')) return;
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), 8000); };
  const stop = () => clearTimeout(timer);
  for (const event of ['mouseenter', 'focusin']) toast.addEventListener(event, stop);
  for (const event of ['mouseleave', 'focusout']) toast.addEventListener(event, start);
  start();
}

if (toasts) {
  toasts.classList.add('floating');
  // Never over what is in focus.
  document.addEventListener('focusin', (event) => {
    if (!toasts.contains(event.target)) toasts.classList.toggle('high', event.target.getBoundingClientRect().bottom > innerHeight / 2);
  });
  $$('.toast', toasts).forEach(dress);
}

/* ---- Questions before something that cannot be undone --------------------------------------------------------------- */

/** Asks in a dialog; resolves to whether the answer was yes. */
function ask(question, yes, danger) {
  return new Promise((resolve) => {
    const no = make('button', { class: 'button', value: '', autofocus: true }, 'Annuler');
    const go = make('button', { class: `button ${danger ? 'danger' : 'primary'}`, value: 'oui' }, yes);
    const dialog = make('dialog', { 'aria-labelledby': 'question-titre' },
      make('form', { method: 'dialog' },
        make('h2', { id: 'question-titre' }, 'Confirmer'),
        ...question.split('\n').map((line) => make('p', {}, line)),
        make('div', { class: 'form-foot end' }, no, go)));
    dialog.addEventListener('close', () => { dialog.remove(); resolve(dialog.returnValue === 'oui'); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const confirmed = new WeakSet();

document.addEventListener('submit', (event) => {
  const asker = event.submitter?.closest('[data-confirm]') ?? event.target.closest('[data-confirm]');
  if (!asker || confirmed.has(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  const label = asker.dataset.confirmYes ?? submitter?.firstChild?.textContent?.trim() ?? 'Continuer';
  ask(asker.dataset.confirm, label || 'Continuer', submitter?.classList.contains('danger')).then((yes) => {
    if (!yes) return;
    confirmed.add(event.target);
    event.target.requestSubmit(submitter);
    confirmed.delete(event.target);
  });
}, true);

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-confirm]');
  if (!link) return;
  event.preventDefault();
  ask(link.dataset.confirm, link.dataset.confirmYes ?? 'Continuer', link.classList.contains('danger')).then((yes) => {
    if (yes) location.assign(link.href);
  });
});

/* ---- Forms: once only, nothing lost, answers as one types --------------------------------------------------------------- */

const sent = new Set();

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute('method') === 'dialog' || form.matches('[data-live], [data-again]')) return;
  if (sent.has(form)) { event.preventDefault(); return; }
  sent.add(form);
  form.removeAttribute('data-changed');
  // After the browser has gathered the fields: a disabled button would not be among them.
  setTimeout(() => $$('button:not([type=button])', form).forEach((button) => button.setAttribute('aria-disabled', 'true')));
});

// A page brought back by « précédent » may be sent again.
addEventListener('pageshow', () => {
  for (const form of sent) $$('button[aria-disabled]', form).forEach((button) => button.removeAttribute('aria-disabled'));
  sent.clear();
});

document.addEventListener('input', (event) => {
  event.target.closest?.('form[data-guard]')?.setAttribute('data-changed', '');
});
addEventListener('beforeunload', (event) => {
  if ($('form[data-changed]')) event.preventDefault();
});

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-auto]')) event.target.form?.requestSubmit();
});

const running = new WeakMap();
const others = (form) => (form.dataset.with ?? '').split(' ').filter(Boolean);

/** Sends a form in the background and puts the answer's fragment in its place; a newer question cancels an older one. */
async function refresh(form, submitter) {
  const target = document.getElementById(form.dataset.target);
  if (!target) { form.submit(); return; }
  const current = running.get(form) ?? {};
  current.abort?.abort();
  const abort = new AbortController();
  running.set(form, { ...current, abort });
  const data = new FormData(form, submitter);
  // Fields of other forms that the answer depends on: the text of the editor, for the simulator beside it.
  for (const id of others(form)) {
    const field = document.getElementById(id);
    if (field?.name) data.set(field.name, field.value);
  }
  // By attribute: a field named « action » or « method » hides the property.
  const post = form.getAttribute('method')?.toLowerCase() === 'post';
  const url = new URL(form.getAttribute('action') ?? '', location.href);
  const options = { signal: abort.signal, headers: { 'X-Fragment': target.id, Accept: 'text/html' }, credentials: 'same-origin' };
  if (post) {
    options.method = 'POST';
    // As the form itself would be sent: a server need not know who asks.
    options.body = form.getAttribute('enctype') === 'multipart/form-data' ? data : new URLSearchParams(data);
  } else {
    url.search = new URLSearchParams([...data].filter(([, value]) => value !== '')).toString();
  }
  target.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(url, options);
    if (response.redirected && !response.headers.get('X-Fragment')) { location.assign(response.url); return; }
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = page.getElementById(target.id);
    if (!response.ok && !fresh) throw new Error(`réponse ${response.status}`);
    if (abort.signal.aborted) return;
    target.replaceChildren(...(fresh ?? page.body).childNodes);
    if (!post && !form.hasAttribute('data-still')) history.replaceState(null, '', url);
    target.dispatchEvent(new CustomEvent('relance:frais', { bubbles: true }));
  } catch (error) {
    if (error.name !== 'AbortError') say(`La page n’a pas pu être mise à jour (${error.message}). Réessayez, ou rechargez la page.`, 'bad');
  } finally {
    if (running.get(form)?.abort === abort) target.removeAttribute('aria-busy');
  }
}

document.addEventListener('input', (event) => {
  if (event.target.matches('[type=file], [data-quiet]')) return;
  for (const form of $$('form[data-live]')) {
    if (event.target.form !== form && !others(form).includes(event.target.id)) continue;
    const current = running.get(form) ?? {};
    clearTimeout(current.timer);
    running.set(form, { ...current, timer: setTimeout(() => refresh(form), Number(form.dataset.wait ?? 250)) });
  }
});
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented || !event.target.matches('form[data-live]') || event.submitter?.hasAttribute('data-full')) return;
  event.preventDefault();
  clearTimeout(running.get(event.target)?.timer);
  refresh(event.target, event.submitter);
});

/* ---- The slider of days: beside a date field, which is what is sent ----------------------------------------------------- */

const DAY = 86_400_000;
const toDay = (text) => Date.parse(`${text}T00:00:00Z`);
const readable = (day) => new Date(day).toLocaleDateString('fr-FR', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

function slider(range) {
  const field = document.getElementById(range.dataset.slider);
  const output = document.getElementById(range.dataset.output);
  const start = toDay(range.dataset.from);
  if (!field || Number.isNaN(start)) return;
  const show = () => {
    const day = start + Number(range.value) * DAY;
    const text = readable(day);
    range.setAttribute('aria-valuetext', text);
    if (output) output.textContent = text;
    return day;
  };
  range.addEventListener('input', () => { field.value = new Date(show()).toISOString().slice(0, 10); });
  field.addEventListener('input', () => {
    const day = toDay(field.value);
    if (!Number.isNaN(day)) { range.value = Math.round((day - start) / DAY); show(); }
  });
  show();
}

/* ---- Files dropped on a place around a file field ------------------------------------------------------------------------- */

function drop(zone) {
  const input = $('input[type=file]', zone);
  const chosen = $('[data-chosen]', zone);
  if (!input) return;
  const show = () => {
    if (!chosen) return;
    const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} ko` : `${(bytes / 1e6).toLocaleString('fr-FR', { maximumFractionDigits: 1 })} Mo`);
    chosen.textContent = [...input.files].map((file) => `${file.name} (${size(file.size)})`).join(', ');
  };
  input.addEventListener('change', show);
  let depth = 0;
  zone.addEventListener('dragenter', (event) => { event.preventDefault(); depth += 1; zone.classList.add('over'); });
  zone.addEventListener('dragover', (event) => event.preventDefault());
  zone.addEventListener('dragleave', () => { depth -= 1; if (depth <= 0) { depth = 0; zone.classList.remove('over'); } });
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    depth = 0;
    zone.classList.remove('over');
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    const carrier = new DataTransfer();
    (input.multiple ? files : files.slice(0, 1)).forEach((file) => carrier.items.add(file));
    input.files = carrier.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    input.focus();
  });
}

/* ---- Copying, the theme, menus, dialogs, printing --------------------------------------------------------------------------- */

async function copy(button) {
  const text = button.dataset.copy || document.getElementById(button.dataset.copyFrom)?.textContent.trim() || '';
  try {
    await navigator.clipboard.writeText(text);
    say(`Copié : ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`);
  } catch {
    say('Votre navigateur refuse la copie : sélectionnez le texte et copiez-le vous-même.', 'bad');
  }
}

function theme(choice) {
  if (choice === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  // The server reads this cookie, so that the next page is not first drawn in the wrong colours.
  document.cookie = `theme=${choice}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === 'https:' ? '; Secure' : ''}`;
  $$('[data-theme-choice]').forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.themeChoice === choice)));
}

document.addEventListener('click', (event) => {
  const target = event.target;
  if (!(target instanceof Element)) return;
  const button = target.closest('[data-copy], [data-copy-from], [data-theme-choice], [data-dialog], [data-print], [data-help], [data-close]');
  if (button) {
    event.preventDefault();
    if (button.matches('[data-copy], [data-copy-from]')) copy(button);
    else if (button.matches('[data-theme-choice]')) theme(button.dataset.themeChoice);
    else if (button.matches('[data-dialog]')) document.getElementById(button.dataset.dialog)?.showModal();
    else if (button.matches('[data-print]')) print();
    else if (button.matches('[data-close]')) button.closest('dialog')?.close();
    else help();
  }
  // Small menus close when one looks elsewhere.
  $$('details[data-pop][open]').forEach((menu) => { if (!menu.contains(target) || button) menu.open = false; });
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = $('details[data-pop][open]');
  if (menu) { menu.open = false; $('summary', menu).focus(); return; }
  const act = document.activeElement?.closest?.('details.act[open]');
  if (act && !typing(document.activeElement)) { act.open = false; $('summary', act).focus(); }
});

/* ---- The keyboard: one key, one act; never while typing, and it can be switched off ------------------------------------------- */

const keysOn = () => memory.get('raccourcis') !== 'non';
const rows = () => $$('[data-row]').filter((row) => row.checkVisibility());
let row = null;

function choose(next, focus = true) {
  if (row && row !== next) row.removeAttribute('aria-current');
  row = next;
  if (!row) return;
  row.setAttribute('aria-current', 'true');
  if (focus) {
    if (!row.hasAttribute('tabindex')) row.setAttribute('tabindex', '-1');
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = row && row.isConnected ? all.indexOf(row) : -1;
  choose(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))]);
}

/** The button or link that a key means: first in the row in focus, then on the page outside any row. */
function meant(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const here = row?.isConnected ? $(wanted, row) : null;
  return here ?? $$(wanted).find((element) => !element.closest('[data-row]')) ?? null;
}

function press(element) {
  element.click();
  const details = element.matches('summary') ? element.parentElement : null;
  if (details?.open) $('input:not([type=hidden]), select, textarea', details)?.focus();
  else element.focus();
}

document.addEventListener('focusin', (event) => {
  const around = event.target.closest?.('[data-row]');
  if (around && around !== row) choose(around, false);
});

document.addEventListener('pointerdown', (event) => {
  const around = event.target.closest?.('[data-row]');
  if (around && around !== row) choose(around, false);
});

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!keysOn() || typing(event.target) || $('dialog[open]')) return;
  const { key } = event;
  let done = true;
  if (key === '?') help();
  else if (key === '/') { const field = $('input[type=search]'); field?.focus(); field?.select(); }
  else if (key === 'j') move(1);
  else if (key === 'k') move(-1);
  else if (key === 'Enter' && event.target === row) $('[data-open], a', row)?.click();
  else {
    const element = key.length === 1 ? meant(key) : null;
    if (element) press(element); else done = false;
  }
  if (done) event.preventDefault();
});

/** What the keys of this page are, and the switch for those who dictate or lean on the keyboard. */
function help() {
  const list = make('dl', { class: 'keys-list' });
  const line = (key, text) => list.append(make('dt', {}, make('kbd', {}, key)), make('dd', {}, text));
  line('?', 'cette aide');
  line('/', 'aller au champ de recherche');
  if ($('[data-row]')) {
    line('j', 'ligne suivante');
    line('k', 'ligne précédente');
    line('Entrée', 'ouvrir la ligne');
  }
  const seen = new Set();
  for (const element of $$('[data-key]')) {
    const { key } = element.dataset;
    if (seen.has(key)) continue;
    seen.add(key);
    const text = element.dataset.keyLabel ?? [...element.childNodes].filter((node) => !(node instanceof Element && node.matches('kbd, svg'))).map((node) => node.textContent).join(' ').trim();
    line(key, text.charAt(0).toLowerCase() + text.slice(1) + (element.closest('[data-row]') ? ' (ligne choisie)' : ''));
  }
  line('Échap', 'fermer un menu, un formulaire ou ce dialogue');
  const box = make('input', { type: 'checkbox', id: 'raccourcis-actifs' });
  box.checked = keysOn();
  box.addEventListener('change', () => {
    memory.set('raccourcis', box.checked ? 'oui' : 'non');
    document.documentElement.classList.toggle('keys-off', !box.checked);
  });
  const dialog = make('dialog', { 'aria-labelledby': 'aide-titre' },
    make('h2', { id: 'aide-titre' }, 'Au clavier'), list,
    make('label', { class: 'check', for: 'raccourcis-actifs' }, box, 'Raccourcis d’une seule touche actifs'),
    make('div', { class: 'form-foot end' }, make('button', { type: 'button', class: 'button primary', 'data-close': true, autofocus: true }, 'Fermer')));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/* ---- Beginning ------------------------------------------------------------------------------------------------------------------ */

document.documentElement.classList.toggle('keys-off', !keysOn());
const setUp = (root) => {
  $$('[data-slider]', root).forEach(slider);
  $$('[data-drop]', root).forEach(drop);
  $$('time[data-ago]', root).forEach((time) => {
    const minutes = Math.round((Date.now() - Date.parse(time.dateTime)) / 60_000);
    if (minutes >= 0 && minutes < 60) time.textContent = minutes < 1 ? 'à l’instant' : `il y a ${minutes} min`;
  });
};
setUp(document);
document.addEventListener('relance:frais', (event) => setUp(event.target));
const start = $('[data-row][data-start]');
if (start) choose(start, false);
// An address that names a form opens it: links to « noter une promesse » and the like.
const named = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
if (named instanceof HTMLDetailsElement) named.open = true;
