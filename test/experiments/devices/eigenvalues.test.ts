import { describe, expect, it } from 'vitest';
import { symmetricEigenvalues } from '../../../src/experiments/devices/eigenvalues.js';
import { uniforms } from '../../helpers/random.js';

describe('symmetricEigenvalues', () => {
  it.each([1, 2, 7, 30])('of a tridiagonal Toeplitz matrix of %i rows have a closed form', (size) => {
    const matrix = Array.from({ length: size * size }, (_, at) => {
      const distance = Math.abs(Math.floor(at / size) - (at % size));
      return [1, 0.2][distance] ?? 0;
    });
    const expected = Array.from({ length: size }, (_, m) => 1 + 0.4 * Math.cos(((size - m) * Math.PI) / (size + 1)));
    expect(symmetricEigenvalues(matrix, size)).toBeAllclose(expected, { atol: 1e-12 });
  });

  it('keep trace and Frobenius norm of any matrix, which is not changed', () => {
    const size = 12;
    const next = uniforms(5);
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = 2 * next() - 1;
    }
    const before = matrix.slice();
    const values = symmetricEigenvalues(matrix, size);
    const trace = matrix.reduce((sum, value, at) => sum + (at % (size + 1) === 0 ? value : 0), 0);
    expect(values.reduce((sum, value) => sum + value)).toBeCloseTo(trace, 11);
    const norm = matrix.reduce((sum, value) => sum + value * value, 0);
    expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(norm, 11);
    expect(matrix).toEqual(before);
  });
});
