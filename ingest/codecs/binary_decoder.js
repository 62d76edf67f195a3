// Live Objects' BinaryDecoder.decode(format, hexadecimal): a text of JSON, as its JavaScript decoders call it.
// Loaded into a context only when the codec names it.
//
// The format is that of the Java Binary Block Parser, of which these words are known here:
//   [<]type[:bits] [[count]] [name];   bit (1 to 8 bits, lowest first), bool, byte, ubyte, short, ushort, int, uint,
//                                      long, floatj, doublej; < reads the lowest byte first
//   name [[count]] { … }               a structure, or several
//   skip[:bytes];  align[:bytes];
// A count is a number, the name of a field read before, or _ for all that is left. Names come out in small letters,
// as there. Anything else is an error that says so: nothing is guessed.
(function () {
  'use strict';
  const SIZES = { bool: 1, byte: 1, ubyte: 1, short: 2, ushort: 2, int: 4, uint: 4, long: 8, floatj: 4, doublej: 8 };
  const READS = {
    byte: 'getInt8', ubyte: 'getUint8', short: 'getInt16', ushort: 'getUint16', int: 'getInt32', uint: 'getUint32',
    long: 'getBigInt64', floatj: 'getFloat32', doublej: 'getFloat64',
  };
  const FIELD = /^([<>]?)\s*([a-z]+)\s*(?::\s*(\d+))?\s*(?:\[\s*(\w+)\s*\])?\s*([A-Za-z_]\w*)?$/;
  const BLOCK = /^([A-Za-z_]\w*)?\s*(?:\[\s*(\w+)\s*\])?$/;

  function parsed(format) {
    const words = format.replace(/\/\/[^\n]*/g, '').match(/[^;{}]+|[;{}]/g) || [];
    let at = 0;
    function body(inside) {
      const nodes = [];
      let head = '';
      while (at < words.length) {
        const word = words[at++];
        if (word === ';') {
          if (head) nodes.push(field(head));
          head = '';
        } else if (word === '{') {
          const told = BLOCK.exec(head);
          if (!told) throw new Error('BinaryDecoder: not understood: ' + head);
          nodes.push({ name: told[1], count: told[2], body: body(true) });
          head = '';
        } else if (word === '}') {
          if (!inside || head) throw new Error('BinaryDecoder: a } too many, or a ; too few');
          return nodes;
        } else {
          head = word.trim();
        }
      }
      if (inside || head) throw new Error('BinaryDecoder: the format ends too early');
      return nodes;
    }
    return body(false);
  }

  function field(text) {
    const told = FIELD.exec(text);
    const type = told && told[2];
    const known = type in SIZES || type === 'bit' || type === 'skip' || type === 'align';
    const size = told && told[3] === undefined ? 1 : told && Number(told[3]);
    if (!known || (type in SIZES && size !== 1) || (type === 'bit' && !(size >= 1 && size <= 8))) {
      throw new Error('BinaryDecoder: not understood: ' + text);
    }
    return { type, size, little: told[1] === '<', count: told[4], name: told[5] };
  }

  function decode(format, text) {
    const bytes = [];
    for (let i = 0; i + 1 < text.length; i += 2) bytes.push(parseInt(text.substr(i, 2), 16));
    let at = 0; // in bits
    const ended = () => at >= 8 * bytes.length;

    function bits(count) {
      if (at + count > 8 * bytes.length) throw new Error('BinaryDecoder: the payload ends too early');
      let value = 0;
      for (let i = 0; i < count; i++, at++) value |= ((bytes[at >> 3] >> (at & 7)) & 1) << i;
      return value;
    }

    function value(node) {
      if (node.type === 'bit') return bits(node.size);
      const view = new DataView(new ArrayBuffer(8));
      for (let i = 0; i < SIZES[node.type]; i++) view.setUint8(i, bits(8));
      if (node.type === 'bool') return view.getUint8(0) !== 0;
      return Number(view[READS[node.type]](0, node.little));
    }

    function repeated(count, seen, one) {
      const found = [];
      const wanted = count === '_' ? Infinity : /^\d+$/.test(count) ? Number(count) : seen[count.toLowerCase()];
      if (typeof wanted !== 'number') throw new Error('BinaryDecoder: no field was called ' + count);
      for (let i = 0; i < wanted && !(count === '_' && ended()); i++) {
        const before = at;
        found.push(one());
        if (count === '_' && at === before) throw new Error('BinaryDecoder: a structure without a size');
      }
      return found;
    }

    function structure(nodes, seen) {
      const found = {};
      for (const node of nodes) {
        if (node.type === 'skip') {
          for (let i = 0; i < node.size; i++) bits(8);
          continue;
        }
        if (node.type === 'align') {
          while (at % (8 * node.size)) bits(1);
          continue;
        }
        const one = () => (node.body ? structure(node.body, seen) : value(node));
        const said = node.count === undefined ? one() : repeated(node.count, seen, one);
        if (node.name) seen[node.name.toLowerCase()] = found[node.name.toLowerCase()] = said;
        else if (node.body && node.count === undefined) Object.assign(found, said);
      }
      return found;
    }

    return JSON.stringify(structure(parsed(String(format)), {}));
  }

  globalThis.BinaryDecoder = { decode };
})();
