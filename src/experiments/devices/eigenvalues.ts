/** Eigenvalues of a symmetric matrix. */

const MAXIMUM_SWEEPS = 60;

/** Rotates rows and columns p and q so that A_pq becomes 0. */
function rotate(A: Float64Array, size: number, p: number, q: number): void {
  const theta = (A[q * size + q]! - A[p * size + p]!) / (2 * A[p * size + q]!);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(t * t + 1);
  const sine = t * cosine;
  for (let k = 0; k < size; k++) {
    const [kp, kq] = [A[k * size + p]!, A[k * size + q]!];
    A[k * size + p] = cosine * kp - sine * kq;
    A[k * size + q] = sine * kp + cosine * kq;
  }
  for (let k = 0; k < size; k++) {
    const [pk, qk] = [A[p * size + k]!, A[q * size + k]!];
    A[p * size + k] = cosine * pk - sine * qk;
    A[q * size + k] = sine * pk + cosine * qk;
  }
}

/**
 * Eigenvalues in ascending order by cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, section 8.5).
 * @param matrix row-major [size][size], symmetric; not changed.
 */
export function symmetricEigenvalues(matrix: ArrayLike<number>, size: number): Float64Array {
  const A = Float64Array.from(matrix);
  const scale = A.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MAXIMUM_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off += A[p * size + q]! ** 2;
    if (off <= 1e-28 * scale) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) if (A[p * size + q] !== 0) rotate(A, size, p, q);
    }
  }
  return Float64Array.from({ length: size }, (_, i) => A[i * size + i]!).sort();
}
