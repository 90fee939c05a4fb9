// The editor of scenario files: takes the place of <textarea data-editor>, asks the server's compiler for everything it says, and writes
// back into the textarea at every change, so that the form around it is sent as it always was.

import { EditorState } from '@codemirror/state';
import {
  EditorView, keymap, lineNumbers, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, drawSelection, hoverTooltip,
} from '@codemirror/view';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { StreamLanguage, HighlightStyle, syntaxHighlighting, indentUnit } from '@codemirror/language';
import { linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { search, searchKeymap, highlightSelectionMatches } from '@codemirror/search';
import { tags } from '@lezer/highlight';
import words from './words.json';
import phrases from './phrases.json';

/* ---- The language: enough to colour it; the compiler says the rest ---------------------------------------------------- */

/** Accents and capitals do not count. */
const plain = (word) => word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
const FACTS = new Set(words.faits.map(plain));
const ACTIONS = new Set(words.actions.map(plain));
const WORDS = new Set(words.mots.map(plain));
const HEADERS = new Set(['scenario', 'etape', 'segment', 'champ', 'constante']);

const relance = StreamLanguage.define({
  name: 'relance',
  startState: () => ({ names: false }),
  token(stream, state) {
    if (stream.eatSpace()) return null;
    const first = !/\S/.test(stream.string.slice(0, stream.pos));
    if (stream.match(/^#.*/u)) return 'comment';
    if (stream.match(/^"[^"]*"?|^«[^»]*»?|^“[^”"]*[”"]?/u)) return 'string';
    if (stream.match(/^\d{1,2}\/\d{1,2}\/\d{4}/u)) return 'number';
    if (stream.match(/^j(?:\s*[-+–]\s*\d+)?(?![\p{L}\p{N}_])/iu)) return 'number';
    if (stream.match(/^\d+(?:[ \u00a0\u202f]\d{3})*(?:,\d+)?(?:\s*(?:€|%|(?:jours?\s+ouvr[eé]s?|jours?|j|semaines?|mois|heures?|h\d*|euros?|eur|chf|usd|gbp)(?![\p{L}\p{N}_])))?/iu)) return 'number';
    if (stream.match(/^(?:n['’](?:appelle|est)|l['’]entr[eé]e|d['’])/iu)) return 'keyword';
    if (stream.match(/^(?:<=|>=|<>|[=≠<>≤≥+*/:→–-])/u)) return 'operator';
    const word = stream.match(/^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)?/u);
    if (!word) { stream.next(); return null; }
    const text = plain(word[0]);
    if (state.names) { state.names = false; return 'typeName'; }
    if (first && HEADERS.has(text) && /^\s+[\p{L}_][\p{L}\p{N}_]*\s*(?:$|[:=#"«“])/u.test(stream.string.slice(stream.pos))) {
      state.names = true;
      return 'keyword';
    }
    if (FACTS.has(text)) return 'propertyName';
    if (ACTIONS.has(text)) return 'function';
    if (WORDS.has(text)) return 'keyword';
    return 'variableName';
  },
  blankLine(state) { state.names = false; },
  copyState: (state) => ({ ...state }),
  indent: (_state, _text, context) => {
    const line = context.lineAt(context.pos, -1);
    return line.from > 0 ? context.lineIndent(line.from - 1) : 0;
  },
  languageData: { commentTokens: { line: '#' } },
  tokenTable: { function: tags.function(tags.variableName) },
});

const colours = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: tags.number, color: 'var(--warn)' },
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: tags.propertyName, color: 'var(--info)' },
  { tag: tags.function(tags.variableName), color: 'var(--violet)' },
  { tag: tags.typeName, fontWeight: '700' },
  { tag: tags.operator, color: 'var(--ink-2)' },
]);

const look = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: '.8438rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', minHeight: '26rem', maxHeight: '75dvh' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '.5rem 0' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'color-mix(in srgb, var(--focus) 26%, transparent)' },
  '.cm-gutters': { backgroundColor: 'var(--ground)', color: 'var(--ink-3)', border: '0', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 6%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--accent-soft)', color: 'var(--ink)' },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--mark)' },
  '.cm-searchMatch.cm-searchMatch-selected': { outline: '2px solid var(--focus)' },
  '.cm-panels': { backgroundColor: 'var(--ground)', color: 'var(--ink)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line-2)' },
  '.cm-panel.cm-search': { padding: '.5rem .75rem', fontFamily: 'var(--sans)', fontSize: '.875rem' },
  '.cm-panel.cm-search label, .cm-panel.cm-search .cm-textfield, .cm-panel.cm-search .cm-button': { fontSize: '.875rem' },
  '.cm-panel.cm-search label': { display: 'inline-flex', alignItems: 'center', gap: '.3rem' },
  '.cm-panel .cm-textfield': { width: '12rem', display: 'inline-block', color: 'var(--ink)', backgroundColor: 'var(--surface)', border: '1px solid var(--field)' },
  '.cm-panel .cm-button': { backgroundImage: 'none', backgroundColor: 'var(--surface)', color: 'var(--ink)', border: '1px solid var(--line-2)', borderRadius: 'var(--round)', padding: '.2rem .6rem', minHeight: '1.75rem' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--ink)', border: '1px solid var(--line-2)', borderRadius: 'var(--round)', boxShadow: 'var(--shadow-2)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '16rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '.2rem .6rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '.8' },
  '.cm-completionInfo, .relance-hover': { maxWidth: '26rem', padding: '.5rem .75rem', fontFamily: 'var(--sans)', fontSize: '.875rem', whiteSpace: 'pre-line' },
  '.cm-diagnostic': { padding: '.4rem .75rem', fontFamily: 'var(--sans)', fontSize: '.875rem', whiteSpace: 'pre-line' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--info)' },
  // The marks under words are data: images of CodeMirror; a line of our own colours needs none.
  '.cm-lintRange': { backgroundImage: 'none !important', textDecoration: 'underline wavy 1px', textUnderlineOffset: '.25em', textDecorationSkipInk: 'none' },
  '.cm-lintRange-error': { textDecorationColor: 'var(--bad)' },
  '.cm-lintRange-warning': { textDecorationColor: 'var(--warn)' },
  '.cm-lintRange-info, .cm-lintRange-hint': { textDecorationColor: 'var(--info)' },
});

/* ---- Places: the server counts lines and characters from 1; the editor counts UTF-16 units from 0 ------------------------- */

function offset(doc, line, column) {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  let units = 0;
  let left = column - 1;
  for (const character of at.text) {
    if (left <= 0) break;
    units += character.length;
    left -= 1;
  }
  return at.from + units;
}

function place(doc, position) {
  const line = doc.lineAt(position);
  return { ligne: line.number, colonne: [...line.text.slice(0, position - line.from)].length + 1 };
}

/* ---- Asking the compiler ---------------------------------------------------------------------------------------------------- */

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;

/** Asks, and answers null for anything but an answer: an editor goes on without its server. */
async function ask(url, question, signal) {
  try {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const token = meta('csrf');
    if (token) headers['X-CSRF-Token'] = token;
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(question), signal, credentials: 'same-origin' });
    return response.ok && response.status !== 204 ? await response.json() : null;
  } catch {
    return null;
  }
}

const SEVERITIES = { erreur: 'error', avertissement: 'warning', conseil: 'info', information: 'info' };

const diagnostics = (url) => linter(async (view) => {
  const { doc } = view.state;
  const found = await ask(url, { texte: doc.toString() });
  if (!Array.isArray(found) || view.state.doc !== doc) return [];
  return found.map((one) => {
    const from = offset(doc, one.ligne, one.colonne);
    const to = Math.max(from, offset(doc, one.ligne_fin, one.colonne_fin));
    return {
      from,
      // A place without width is shown on the character after it, if there is one on its line.
      to: to === from ? Math.min(from + 1, doc.lineAt(from).to) : to,
      severity: SEVERITIES[one.severite] ?? 'error',
      source: one.code,
      message: one.aide ? `${one.message}\n${one.aide}` : one.message,
    };
  });
}, { delay: 350 });

const WORD = /[\p{L}\p{N}_.]*$/u;

const completion = (url) => autocompletion({
  override: [async (context) => {
    const { doc } = context.state;
    const line = doc.lineAt(context.pos);
    const before = WORD.exec(line.text.slice(0, context.pos - line.from))?.[0] ?? '';
    if (!before && !context.explicit) return null;
    const abort = new AbortController();
    context.addEventListener('abort', () => abort.abort());
    const found = await ask(url, { texte: doc.toString(), ...place(doc, context.pos) }, abort.signal);
    if (!Array.isArray(found) || context.aborted || !found.length) return null;
    return {
      from: context.pos - before.length,
      validFor: /^[\p{L}\p{N}_.]*$/u,
      options: found.map((one) => ({ label: one.libelle, detail: one.detail, apply: one.insertion ?? one.libelle, info: one.documentation || undefined })),
    };
  }],
});

const hover = (url) => hoverTooltip(async (view, position) => {
  const { doc } = view.state;
  const told = await ask(url, { texte: doc.toString(), ...place(doc, position) });
  const text = typeof told === 'string' ? told : told?.texte;
  if (!text) return null;
  return {
    pos: position,
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'relance-hover';
      dom.textContent = text;
      return { dom };
    },
  };
}, { hoverTime: 350 });

/* ---- In the place of the textarea -------------------------------------------------------------------------------------------- */

/** Puts an editor in the place of a textarea. */
function replace(area) {
  const label = area.labels?.[0];
  const { check, complete, hover: over } = area.dataset;
  const nonce = meta('csp-nonce');
  const writeBack = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    area.value = update.state.doc.toString();
    area.dispatchEvent(new Event('input', { bubbles: true }));
  });
  const view = new EditorView({
    parent: area.parentElement,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        nonce ? EditorView.cspNonce.of(nonce) : [],
        EditorState.phrases.of(phrases),
        lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), highlightSpecialChars(), drawSelection(), history(),
        EditorView.lineWrapping, highlightSelectionMatches(), search({ top: false }), relance, syntaxHighlighting(colours), look, indentUnit.of('  '),
        check ? [diagnostics(check), lintGutter()] : [],
        complete ? completion(complete) : [],
        over ? hover(over) : [],
        // Tab is left alone: it goes to the next field, as everywhere on a page.
        keymap.of([...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label?.textContent.trim() ?? 'Texte du scénario', spellcheck: 'false', autocapitalize: 'off' }),
        EditorState.readOnly.of(area.readOnly),
        writeBack,
      ],
    }),
  });
  area.hidden = true;
  label?.addEventListener('click', (event) => { event.preventDefault(); view.focus(); });
  const go = (line) => {
    const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    view.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: 'center' }) });
    view.focus();
  };
  // Links to a line: beside the editor (data-line), and addresses that end in #l27.
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[data-line]');
    if (link) { event.preventDefault(); go(Number(link.dataset.line)); }
  });
  const named = /^#l(\d+)$/.exec(location.hash);
  if (named) go(Number(named[1]));
  // The text comes back whole when a form is reset.
  area.form?.addEventListener('reset', () => setTimeout(() => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: area.value } });
  }));
}

document.querySelectorAll('textarea[data-editor]').forEach(replace);
