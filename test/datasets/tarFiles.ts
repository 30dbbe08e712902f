/** ustar archives put together by hand from POSIX.1-1988. */
export interface TarMember {
  readonly name: string;
  readonly content: Uint8Array;
  /** '0' a file (default), '5' a folder. */
  readonly type?: string;
  /** Announced size; that of the content unless given. */
  readonly size?: number;
}

function header({ name, content, type = '0', size = content.length }: TarMember): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Members one after the other, padded to blocks, and the two blocks of zeros at the end. */
export function tar(...members: TarMember[]): Buffer {
  const parts = members.flatMap((member) => [
    header(member),
    Buffer.from(member.content),
    Buffer.alloc((512 - (member.content.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
