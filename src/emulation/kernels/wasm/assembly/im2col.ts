/** The planes that a convolution emits, gathered for its kernel's offsets where columns do not stand side by side. */

/** In memory, written by the host; 4 bytes a field. Bytes throughout. */
@unmanaged
export class Im2colJob {
  /** Planes of a pass, first element with its padding. */
  planes: usize;
  columns: usize;
  channels: u32;
  kernelRows: u32;
  kernelColumns: u32;
  outputRows: u32;
  outputColumns: u32;
  planePitch: usize;
  /** From one kernel row and column to the next. */
  kernelRowPitch: usize;
  kernelColumnPitch: usize;
  /** From one output row and column to the next. */
  rowPitch: usize;
  columnPitch: usize;
  /** Of one (kernel row, kernel column, channel) in `columns`. */
  pitch: usize;
}

/** Gathers planes into [channel][kernel row][kernel column][position]. */
export function im2col(address: usize): void {
  const job = changetype<Im2colJob>(address);
  let to = job.columns;
  for (let channel: usize = 0; channel < <usize>job.channels; channel++) {
    for (let kernelRow: usize = 0; kernelRow < <usize>job.kernelRows; kernelRow++) {
      for (let kernelColumn: usize = 0; kernelColumn < <usize>job.kernelColumns; kernelColumn++) {
        let from = job.planes + channel * job.planePitch + kernelRow * job.kernelRowPitch + kernelColumn * job.kernelColumnPitch;
        let out = to;
        for (let row: u32 = 0; row < job.outputRows; row++) {
          let at = from;
          for (let column: u32 = 0; column < job.outputColumns; column++) {
            store<f32>(out, load<f32>(at));
            out += 4;
            at += job.columnPitch;
          }
          from += job.rowPitch;
        }
        to += job.pitch;
      }
    }
  }
}
