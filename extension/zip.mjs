// A ZIP whose bytes depend on nothing but names and contents: sorted, one fixed time, no
// attributes of the machine (APPNOTE.TXT 4.3).
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

const DOS_DATE = ((2020 - 1980) << 9) | (1 << 5) | 1; // 2020-01-01 00:00
const UTF8 = 1 << 11;

function filesOf(dir, prefix = "") {
  return readdirSync(join(dir, prefix)).flatMap((name) => {
    const path = prefix ? `${prefix}/${name}` : name;
    return statSync(join(dir, path)).isDirectory() ? filesOf(dir, path) : [path];
  });
}

function header(signature, fields) {
  const size = fields.reduce((n, [bytes]) => n + bytes, 4);
  const b = Buffer.alloc(size);
  b.writeUInt32LE(signature, 0);
  let at = 4;
  for (const [bytes, value] of fields) {
    b.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return b;
}

/** Writes all files of `dir`; `replace` gives other contents for some names. */
export function writeZip(file, dir, replace = {}) {
  const parts = [];
  const central = [];
  let offset = 0;
  const names = filesOf(dir).sort((a, b) => (a < b ? -1 : 1));
  for (const name of names) {
    const data = Buffer.from(replace[name] ?? readFileSync(join(dir, name)));
    const packed = deflateRawSync(data, { level: 9 });
    const small = packed.length < data.length;
    const body = small ? packed : data;
    const path = Buffer.from(name);
    const common = [
      [2, 20],
      [2, UTF8],
      [2, small ? 8 : 0],
      [2, 0],
      [2, DOS_DATE],
      [4, crc32(data)],
      [4, body.length],
      [4, data.length],
      [2, path.length],
      [2, 0],
    ];
    const local = Buffer.concat([header(0x04034b50, common), path, body]);
    central.push(header(0x02014b50, [[2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), path);
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = header(0x06054b50, [
    [2, 0],
    [2, 0],
    [2, names.length],
    [2, names.length],
    [4, directory.length],
    [4, offset],
    [2, 0],
  ]);
  writeFileSync(file, Buffer.concat([...parts, directory, end]));
}
