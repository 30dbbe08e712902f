import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../src/report/kit/table.js';

const columns = [
  { title: 'layer', value: ({ name }: { name: string; macs: number }) => name },
  { title: 'MACs', align: 'right' as const, value: ({ macs }: { macs: number }) => String(macs) },
];

describe('renderTable', () => {
  it('aligns text left and numbers right, two spaces apart', () => {
    const rows = [
      { name: 'conv1', macs: 90 },
      { name: 'a longer name', macs: 123456 },
    ];
    expect(renderTable(rows, { columns }).split('\n')).toEqual([
      'layer            MACs',
      '-------------  ------',
      'conv1              90',
      'a longer name  123456',
    ]);
  });

  it('without rows is its titles', () => {
    expect(renderTable([], { columns })).toBe('layer  MACs\n-----  ----');
  });

  it('leaves no spaces at line ends and counts characters, not code units', () => {
    const rows = [
      { name: '😀µ', macs: 1 },
      { name: 'ab', macs: 2 },
    ];
    const table = renderTable(rows, { columns: [columns[1]!, columns[0]!] });
    expect(table.split('\n')).toEqual(['MACs  layer', '----  -----', '   1  😀µ', '   2  ab']);
    const lines = renderTable(rows, { columns: [columns[0]!, columns[1]!] }).split('\n');
    expect(lines[2]!.indexOf('1')).toBe(lines[3]!.indexOf('2') + 1);
  });
});
