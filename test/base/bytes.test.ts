/** Bytes and paths in web pages: what Node's own functions make of the same. */
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, joinedBytes, latin1Of, latin1OfBase64, utf8Of } from '../../src/base/bytes.js';
import { FormatError } from '../../src/base/errors.js';
import * as page from '../../src/base/files.browser.js';
import { sha256OfParts } from '../../src/base/files.js';
import { inflateRaw as inflateInPage } from '../../src/base/inflate.browser.js';
import { inflateRaw } from '../../src/base/inflate.js';
import * as pagePaths from '../../src/base/paths.browser.js';

const bytes = fc.uint8Array({ maxLength: 300 });

describe('bytes as text', () => {
  it('are what Buffer makes of them, whatever they are', () => {
    fc.assert(
      fc.property(bytes, fc.string({ unit: 'binary' }), (some, text) => {
        expect(utf8Of(some)).toBe(Buffer.from(some).toString('utf8'));
        expect(latin1Of(some)).toBe(Buffer.from(some).toString('latin1'));
        expect(latin1OfBase64(Buffer.from(some).toString('base64'))).toBe(Buffer.from(some).toString('latin1'));
        expect(latin1OfBase64(Buffer.from(some).toString('base64url'))).toBe(Buffer.from(some).toString('latin1'));
        expect(joinedBytes([some, some])).toEqual(new Uint8Array(Buffer.concat([some, some])));
        expect(bytesOf(text)).toEqual(new Uint8Array(Buffer.from(text)));
      }),
    );
  });

  it.each(['', '=', 'QQ', 'QUI\n', 'Q!U*I=', 'QQQQQ', 'é'])('in base64 %j are what Buffer makes of them', (text) => {
    expect(latin1OfBase64(text)).toBe(Buffer.from(text, 'base64').toString('latin1'));
  });

  it('keep a byte order mark', () => expect(utf8Of(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA'));
});

describe('a web page', () => {
  it('inflates what Node inflates, and refuses what it refuses', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: -2, max: 2 }), (some, noise, wrong) => {
        const data = deflateRawSync(some);
        expect(inflateInPage(data, some.length)).toEqual(some);
        const size = Math.max(0, some.length + wrong);
        expect(inflateInPage(data, size)).toEqual(inflateRaw(data, size));
        // Either may read the noise as something; neither gives anything but the size asked for.
        for (const inflate of [inflateRaw, inflateInPage]) expect(inflate(noise, 7)?.length ?? 7).toBe(7);
      }),
    );
  });

  it('hashes as Node does', async () => {
    for (const parts of [[], [bytesOf('abc')], [bytesOf('a'), bytesOf(''), bytesOf('bc')]])
      expect(await page.sha256OfParts(parts)).toBe(await sha256OfParts(parts));
    // FIPS 180-4, appendix B.1.
    expect(await page.sha256OfParts([bytesOf('abc')])).toMatch(/^ba7816bf8f01cfea414140de5dae2223b00361a3/);
  });

  it('puts paths together as Node does', () => {
    const name = fc.constantFrom('a', 'b.c', '.', '..', '');
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        expect(pagePaths.join(...names)).toBe(path.posix.join(...names).replace(/(.)\/$/, '$1'));
        const whole = names.filter((one) => one !== '').join('/');
        expect(pagePaths.dirname(whole)).toBe(path.posix.dirname(whole));
        expect(pagePaths.basename(whole)).toBe(path.posix.basename(whole));
      }),
    );
  });

  it('reads the files it was given, with or without their folder, and says which are missing', async () => {
    page.giveFiles(new Map([['weights.bin', Uint8Array.of(1, 2, 3)]]));
    expect(await page.readFileChecked('./sub/weights.bin', FormatError, 'weights file')).toHaveLength(3);
    await expect(page.readFileChecked('weight.bin', FormatError, 'weights file')).rejects.toThrow(
      "weights file 'weight.bin': not among the files given to this page, did you mean 'weights.bin'?; give it together",
    );
    await expect(page.readFileChecked('weights.bin', FormatError, 'weights file', 2)).rejects.toThrow('at most 2');
    expect(await page.pathInside('.', '../weights.bin')).toBeNull();
    expect(await page.pathInside('.', '/weights.bin')).toBeNull();
    expect(await page.pathInside('.', 'weights.bin')).toBe('weights.bin');
    page.giveFiles(new Map());
  });
});
