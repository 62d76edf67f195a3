// Runs once in every fresh context, before a vendor's codec: gives it the few things network servers
// give it (Buffer, console, module) and keeps hold of the built-ins that the codec might redefine.
//
// Evaluates to {load, run}. A codec's text becomes the body of a function that is called for every uplink,
// so its top-level variables are new each time and nothing of one device reaches the next; what it
// assigns without declaring lands on globalThis and is swept away after each run.
(function () {
  'use strict';
  const G = globalThis;
  const { stringify, parse } = JSON;
  const { keys, create } = Object;
  const isArray = Array.isArray;
  const Fn = Function;
  const Str = String;
  const Time = Date;
  const Bytes = Uint8Array;
  const LARGEST = 65536;

  for (const name of ['Atomics', 'SharedArrayBuffer', 'performance', 'queueMicrotask']) delete G[name];

  const silent = () => undefined;
  G.console = { log: silent, info: silent, warn: silent, error: silent, debug: silent, trace: silent };

  const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function fromText(text, encoding) {
    const found = [];
    if (encoding === 'hex') {
      for (let i = 0; i + 1 < text.length; i += 2) found.push(parseInt(text.substr(i, 2), 16));
    } else if (encoding === 'base64') {
      let held = 0;
      let bits = 0;
      for (const letter of text) {
        const value = DIGITS.indexOf(letter === '-' ? '+' : letter === '_' ? '/' : letter);
        if (value < 0) continue;
        held = ((held << 6) | value) & 0xffffff;
        bits += 6;
        if (bits >= 8) found.push((held >> (bits -= 8)) & 255);
      }
    } else if (encoding === 'ascii' || encoding === 'latin1' || encoding === 'binary') {
      for (let i = 0; i < text.length; i++) found.push(text.charCodeAt(i) & 255);
    } else {
      const escaped = unescape(encodeURIComponent(text));
      for (let i = 0; i < escaped.length; i++) found.push(escaped.charCodeAt(i));
    }
    return found;
  }

  function toText(bytes, encoding) {
    let text = '';
    if (encoding === 'hex') {
      for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
    } else if (encoding === 'base64') {
      for (let i = 0; i < bytes.length; i += 3) {
        const three = (bytes[i] << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0);
        text += DIGITS[three >> 18] + DIGITS[(three >> 12) & 63];
        text += i + 1 < bytes.length ? DIGITS[(three >> 6) & 63] : '=';
        text += i + 2 < bytes.length ? DIGITS[three & 63] : '=';
      }
    } else {
      for (const byte of bytes) text += Str.fromCharCode(byte);
      if (encoding !== 'ascii' && encoding !== 'latin1' && encoding !== 'binary') {
        text = decodeURIComponent(escape(text));
      }
    }
    return text;
  }

  // Node's Buffer as ChirpStack's codecs know it: reading, and the conversions.
  class Buffer extends Bytes {
    static from(value, encoding) {
      const bytes = typeof value === 'string' ? fromText(value, encoding) : value;
      const made = new Buffer(bytes.length);
      made.set(bytes);
      return made;
    }
    static alloc(length, fill) {
      return new Buffer(length).fill(fill || 0);
    }
    static isBuffer(value) {
      return value instanceof Buffer;
    }
    static concat(list) {
      const joined = [];
      for (const one of list) joined.push(...one);
      return Buffer.from(joined);
    }
    toString(encoding, start, end) {
      return toText(this.subarray(start || 0, end === undefined ? this.length : end), encoding);
    }
    slice(start, end) {
      return this.subarray(start, end);
    }
    _view() {
      return new DataView(this.buffer, this.byteOffset, this.byteLength);
    }
    readUIntBE(at, length) {
      let value = 0;
      for (let i = 0; i < length; i++) value = value * 256 + this[at + i];
      return value;
    }
    readUIntLE(at, length) {
      let value = 0;
      for (let i = length - 1; i >= 0; i--) value = value * 256 + this[at + i];
      return value;
    }
    readIntBE(at, length) {
      const value = this.readUIntBE(at, length);
      return value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value;
    }
    readIntLE(at, length) {
      const value = this.readUIntLE(at, length);
      return value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value;
    }
  }
  const numbers = { Int8: 1, Uint8: 1, Int16: 2, Uint16: 2, Int32: 4, Uint32: 4, Float32: 4, Float64: 8 };
  for (const type of keys(numbers)) {
    const name = type.replace('Uint', 'UInt').replace('Float32', 'Float').replace('Float64', 'Double');
    for (const end of numbers[type] === 1 ? [''] : ['LE', 'BE']) {
      const read = function (at) {
        return this._view()['get' + type](at || 0, end === 'LE');
      };
      Buffer.prototype['read' + name + end] = read;
      Buffer.prototype[('read' + name + end).replace('UInt', 'Uint')] = read;
      Buffer.prototype['write' + name + end] = function (value, at) {
        this._view()['set' + type](at || 0, value, end === 'LE');
        return (at || 0) + numbers[type];
      };
    }
  }
  G.Buffer = Buffer;

  const ENTRIES = ['decodeUplink', 'Decode', 'Decoder', 'decode'];
  const NORMALIZE = 'normalizeUplink';
  const TAIL =
    '\n;return {' + [...ENTRIES, NORMALIZE].map((n) => `${n}: typeof ${n} === 'function' ? ${n} : undefined`).join(', ') + '};';
  let factory = null;
  const kept = create(null);
  for (const name of keys(G)) kept[name] = true;

  // The codec's functions, its variables new: [name, function, normalizeUplink or undefined], or null when it
  // has none of the contracts.
  function fresh() {
    const module = { exports: {} };
    const found = factory.call(G, module, module.exports);
    for (const where of [found, module.exports, G]) {
      for (const name of ENTRIES) {
        const entry = where && where[name];
        if (typeof entry === 'function') return [name, entry, where[NORMALIZE]];
      }
    }
    return null;
  }

  function sweep() {
    for (const name of keys(G)) if (!(name in kept)) delete G[name];
  }

  function describe(error) {
    if (error === null) return 'null'; // the engine's own, when it has no memory left to say more
    try {
      if (typeof error === 'object' && typeof error.message === 'string') {
        return Str(error.name) + ': ' + error.message;
      }
      return 'threw ' + Str(error);
    } catch (_) {
      return 'threw something that cannot be shown';
    }
  }

  // The Things Stack asks the codec a second time, for words with known units; what it throws or refuses there
  // leaves the decoding as it is.
  function normalized(result, normalize) {
    const failed = !result || (isArray(result.errors) && result.errors.length > 0);
    if (failed || typeof normalize !== 'function') return result;
    try {
      const said = normalize({ data: result.data });
      if (!said || (isArray(said.errors) && said.errors.length > 0)) return result;
      return { data: result.data, warnings: result.warnings, normalized: said.data };
    } catch (_) {
      return result;
    }
  }

  function called([name, entry, normalize], input) {
    if (name === 'decodeUplink') return normalized(entry(input), normalize);
    if (name === 'Decode') return { data: entry(input.fPort, input.bytes, input.variables) };
    if (name === 'Decoder') return { data: entry(input.bytes, input.fPort) };
    // Live Objects: hexadecimal in, a text of JSON out.
    const hex = toText(input.bytes, 'hex');
    const lora = { port: input.fPort };
    const message = { timestamp: input.recvTime, value: { payload: hex }, metadata: { network: { lora } } };
    const answer = entry(hex, stringify(message));
    return { data: typeof answer === 'string' ? parse(answer) : answer };
  }

  function answered(result) {
    if (typeof result !== 'object' || result === null) return 'Oit returned no object';
    if (isArray(result.errors) && result.errors.length > 0) {
      return 'V' + result.errors.map(Str).join('; ').slice(0, 300);
    }
    const text = stringify({ data: result.data, warnings: result.warnings, normalized: result.normalized });
    return text.length > LARGEST ? 'Oit returned ' + text.length + ' characters' : 'R' + text;
  }

  return {
    load(source) {
      try {
        factory = new Fn('module', 'exports', source + TAIL);
        const entry = fresh();
        sweep();
        return entry === null ? 'Bit has none of ' + ENTRIES.join(', ') : 'R' + entry[0];
      } catch (error) {
        return 'B' + describe(error);
      }
    },
    run(text) {
      try {
        const input = parse(text);
        if (input.recvTime) input.recvTime = new Time(input.recvTime);
        const answer = answered(called(fresh(), input));
        sweep();
        return answer;
      } catch (error) {
        return 'T' + describe(error);
      }
    },
  };
})();
