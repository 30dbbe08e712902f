#!/usr/bin/env node
/**
 * Hash of the code that the numbers of a trial depend on. The modules are those that the entries below import, directly
 * or not, or start as worker threads; a module counts by its tokens after types and comments are gone, so that neither
 * comments nor formatting change the hash. Kernels count as the built WebAssembly.
 *
 * `node scripts/codeHash.mjs [--list] [ROOT]` prints the hash, or the modules.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** What loads and compresses what a trial is of, and what runs it, below src/. */
const ENTRIES = ['experiments/trial/trialLoader.ts', 'experiments/trial/laneWorker.ts'];

/** Messages, and access to files: numbers do not pass through them. */
const ASIDE = ['base/errors.ts', 'base/files.ts', 'base/text/nearest.ts', 'base/versions.ts'];

/** Tokens of JavaScript, their kinds and texts; a comma before a closing bracket is the formatter's choice. */
function tokensOf(source) {
  const tokens = [];
  const visit = (node) => {
    const children = node.getChildren(source);
    if (children.length > 0) {
      const closing = node.kind === ts.SyntaxKind.SyntaxList ? children.at(-1) : undefined;
      for (const child of children) {
        if (child !== closing || child.kind !== ts.SyntaxKind.CommaToken) visit(child);
      }
    } else if (node.kind !== ts.SyntaxKind.SemicolonToken && node.getWidth(source) > 0) {
      tokens.push(ts.isStringLiteral(node) ? JSON.stringify(node.text) : node.getText(source));
    }
  };
  visit(source);
  return tokens;
}

/** Paths that a module names relative to itself: imports, and URLs of workers, kernels and data. */
function referencesOf(source) {
  const found = [];
  const visit = (node) => {
    if (ts.isStringLiteral(node) && node.text.startsWith('.')) {
      const { parent } = node;
      const isUrl = ts.isNewExpression(parent) && parent.expression.getText(source) === 'URL';
      const isCall = ts.isCallExpression(parent);
      if (isUrl || isCall || ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The source of a built module, the file itself where there is one, or null: a folder of data. */
function resolveReference(root, file, reference) {
  const path = resolve(dirname(file), reference);
  const inSource = path.replace(join(root, 'dist/'), join(root, 'src/')).replace(/\.js$/, '.ts');
  if (inSource.endsWith('.ts') && existsSync(inSource)) return inSource;
  return /\.(wasm|json)$/.test(path) && relative(root, path) !== 'package.json' && existsSync(path) ? path : null;
}

const seen = new Map();

/** What of a module counts, and what it refers to. The same text is not read twice. */
function moduleOf(text, file) {
  const known = seen.get(text);
  if (known) return known;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      removeComments: true,
      verbatimModuleSyntax: true,
    },
  });
  const source = ts.createSourceFile(file, outputText, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const read = { content: tokensOf(source).join('\n'), references: referencesOf(source) };
  seen.set(text, read);
  return read;
}

/** The modules in the order of their paths, each with what of it counts. */
export function codeModules(root) {
  const modules = new Map();
  const aside = new Set(ASIDE.map((name) => join(root, 'src', name)));
  const open = ENTRIES.map((entry) => join(root, 'src', entry));
  while (open.length > 0) {
    const file = open.pop();
    const name = relative(root, file);
    if (modules.has(name)) continue;
    if (!file.endsWith('.ts')) {
      modules.set(name, readFileSync(file));
      continue;
    }
    const { content, references } = moduleOf(readFileSync(file, 'utf8'), file);
    modules.set(name, content);
    for (const reference of references) {
      const target = resolveReference(root, file, reference);
      if (target !== null && !aside.has(target)) open.push(target);
    }
  }
  return [...modules].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** SHA-256 over the modules' names and contents. */
export function hashOfCode(root) {
  const hash = createHash('sha256');
  for (const [name, content] of codeModules(root)) {
    hash.update(`${name}\n${createHash('sha256').update(content).digest('hex')}\n`);
  }
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const root = resolve(args.find((argument) => !argument.startsWith('-')) ?? join(dirname(process.argv[1]), '..'));
  const lines = args.includes('--list') ? codeModules(root).map(([name]) => name) : [hashOfCode(root)];
  process.stdout.write(`${lines.join('\n')}\n`);
}
