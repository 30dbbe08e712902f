"""Cases of a receiver's measured noise, in numpy: section 6 of the contract from transmissions on, written apart from src/.

Takes layers of other files of test/conformance, whose transmissions come from the independent implementation, gives them a
table, and computes u, codes, y and lumped sums with numpy.interp and a Philox of its own. Without a table it must reproduce
what those files say, which it checks first.

    python3 test/independent/noiseTable.py > test/conformance/noise-table.json
"""
import copy
import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parents[1] / 'conformance'
PRODUCT = [[-0.9, 0.05], [-0.3, 0.02], [0, 0.004], [0.25, 0.012], [0.26, 0.04], [1.1, 0.03]]
RANGE = [[-1, 0.03], [-0.1, 0.002], [0.002, 0], [0.15, 0.02], [0.8, 0.006]]
CASES = [
    ('conv-all-effects', 'batch-norm on the ring, a negative gain', 'u', PRODUCT),
    ('conv-all-effects', 'signed input, two passes', 'u_over_range', RANGE),
    ('conv-geometry', 'dilation 1 by 2, asymmetric padding', 'u_over_range', PRODUCT),
    ('fc-all-effects', 'batch-norm on the ring, a negative gain', 'u_over_range', RANGE),
    ('fc-all-effects', 'signed input, two passes', 'u', PRODUCT),
    ('converters', '4-bit ADC that clips', 'u_over_range', PRODUCT),
    ('converters', '9-bit ADC with 8 effective, interleaved, range quantile 0.8', 'u', RANGE),
]


def philox(counter, key):
    """Philox4x32-10: counters [groups][4] and a key of two words, as uint64 below 2^32."""
    c = [np.asarray(x, dtype=np.uint64) for x in counter]
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ k0, p1 & low, (p0 >> np.uint64(32)) ^ c[3] ^ k1, p0 & low]
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & low, (k1 + np.uint64(0xBB67AE85)) & low
    return c


def normals(s0, s1, samples):
    """Samples 0 .. samples - 1 of the stream of a seed pair."""
    mix = [int(x) for x in philox([s0, 0, s1, 0], (0x3EC8F720, 0x02461E29))]
    groups = np.arange(-(-samples // 4), dtype=np.uint64)
    zero = np.zeros_like(groups)
    words = philox([groups, zero, zero + np.uint64(mix[2]), zero + np.uint64(mix[3])], (mix[0], mix[1]))
    u = [((w & np.uint64(0x7FFFFF)) | np.uint64(0x3F800000)).astype(np.uint32).view(np.float32).astype(float) - 1 for w in words]
    out = []
    for a, b in ((0, 1), (2, 3)):
        r = np.sqrt(-2 * np.log(np.maximum(u[a], 1e-7)))
        out += [r * np.sin(2 * np.pi * u[b]), r * np.cos(2 * np.pi * u[b])]
    return np.stack(out, 1).ravel()[:samples]


def up4(n):
    return -(-n // 4) * 4


def defaults(hardware):
    """What of a description section 6 still needs."""
    given = hardware['overrides']
    effects = given.get('effects', {})
    at = lambda group, key, default: given.get(group, {}).get(key, default)
    return {
        'activation_bits': at('activationDac', 'bits', 16),
        'weight_bits': at('weightDac', 'bits', 6),
        'adc_bits': at('adc', 'bits', 16),
        'floor': 10 ** (-at('vcsel', 'extinction_dB', 20) / 10) if effects.get('extinction', True) else 0.0,
        'rounds': effects.get('adcQuantisation', True),
        'rounds_weights': effects.get('weightQuantisation', True),
    }


def emitted(v, floor):
    return np.where((v == 0) | (v < floor / 2), 0, np.maximum(v, floor))


def light(case, h, p):
    """Streamed values and what the rails do to them: lists over rows of v, a and b, [slots][samples]."""
    layer, wanted, x = case['layer'], case['expected'], np.asarray(case['input'])
    passed = wanted['passes'][p]
    codes = np.asarray(passed['activationCode'])
    if layer['kind'] == 'dense':
        weight = np.float32(layer['weight']).astype(float)
        size = np.abs(weight) / wanted['weightScale']
        if wanted['weightLevels'] == 'uniform' and h['rounds_weights']:
            most = 2 ** h['weight_bits'] - 1
            size = np.rint(size * most) / most
        sign = np.sign(weight)
        if 'batchNorm' in layer:
            sign = sign * np.where(np.asarray(layer['batchNorm']['gamma']) < 0, -1, 1)
        v = emitted(size, h['floor'])
        for k, plus, minus in zip(passed['k'], passed['Hplus'], passed['Hminus']):
            rail = np.where(sign[k] > 0, np.asarray(plus)[:, None], np.asarray(minus)[:, None])
            yield v[k], rail, np.where(sign[k] > 0, rail, -rail)
        return
    v = emitted(codes / (2 ** h['activation_bits'] - 1), h['floor'])
    (top, bottom), (left, right) = layer['padding']
    v = np.pad(v, ((top, bottom), (left, right), (0, 0)))
    rows, columns, per_group, filters = np.asarray(layer['weight']).shape
    (sy, sx), (dy, dx) = layer['strides'], layer['dilation']
    oy = (v.shape[0] - dy * (rows - 1) - 1) // sy + 1
    ox = (v.shape[1] - dx * (columns - 1) - 1) // sx + 1
    for f, ks, plus, minus in zip(passed['filter'], passed['k'], passed['Hplus'], passed['Hminus']):
        group = f // (filters // layer['groups'])
        patches = []
        for k in ks:
            ky, kx, c = k // (columns * per_group), k // per_group % columns, k % per_group
            part = v[ky * dy:, kx * dx:, group * per_group + c]
            patches.append(part[: sy * (oy - 1) + 1: sy, : sx * (ox - 1) + 1: sx].ravel())
        plus, minus = np.asarray(plus)[:, None], np.asarray(minus)[:, None]
        yield np.asarray(patches), plus + minus, plus - minus


def run(case, table):
    """expected's passes, y and lumped of a case with a table in units of u (None: none)."""
    h, layer, wanted = defaults(case['hardware']), case['layer'], case['expected']
    dense = layer['kind'] == 'dense'
    filters = len(layer['bias'])
    positions = 1 if dense else int(np.prod(np.asarray(wanted['y']).shape[:2]))
    gain, noise, step = np.asarray(wanted['gain']), wanted['noise'], wanted['adcStep']
    limit = 2 ** (h['adc_bits'] - 1) - 1
    s1 = (layer['index'] << 20) | case['imageIndex']
    sums, value, variance = (np.zeros((positions, filters)) for _ in range(3))
    passes = []
    for p, passed in enumerate(wanted['passes']):
        samples = filters if dense else positions
        z = normals(case['seeds']['run'] + 0x40000000 * p, s1, len(passed['k']) * up4(samples)).reshape(-1, up4(samples))
        us, codes, clipped = [], [], 0
        for r, (v, a, b) in enumerate(light(case, h, p)):
            f = np.arange(filters) if dense else passed['filter'][r]
            g = gain[f]
            u0 = g * np.sum(v * b, 0) / wanted['c']
            var = noise['shot'] * g * np.sum(v * a, 0) + noise['intensity'] * g**2 * np.sum((v * b) ** 2, 0) + noise['constant']
            if table is not None:
                var = var + np.interp(u0, table[:, 0], table[:, 1]) ** 2
            u = u0 + np.sqrt(var) * z[r, :samples]
            us.append(u.tolist())
            raw = np.rint(u / step)
            code = np.clip(raw, -limit, limit)
            clipped += int(np.sum(np.abs(raw) > limit))
            codes.append(code.astype(int).tolist())
            sign = 1 - 2 * p
            target = (0, slice(None)) if dense else (slice(None), f)
            sums[target] += sign * (code * step if h['rounds'] else u)
            value[target] += sign * u0
            variance[target] += var + (step**2 / 12 if h['rounds'] else 0)
        own = {**passed, 'u': us, 'clippedConversions': clipped if h['rounds'] else 0}
        if h['rounds']:
            own['adcCode'] = codes
        passes.append(own)
    scale = layer['activationScale'] * wanted['weightScale'] * wanted['gainScale']
    shape = np.asarray(wanted['y']).shape
    pitch = filters if dense else up4(positions)
    z = normals(case['seeds']['run'], s1, pitch if dense else filters * pitch)
    z = z[:filters] if dense else z.reshape(filters, pitch)[:, :positions].T
    shift = np.asarray(wanted['shift'])
    lumped = scale * (value + np.sqrt(variance) * z) + shift
    return {
        'passes': passes,
        'y': (scale * sums + shift).reshape(shape).tolist(),
        'lumped': {name: x.reshape(shape).tolist() for name, x in (('value', value), ('variance', variance), ('y', lumped))},
    }


def rounded(x):
    if isinstance(x, dict):
        return {key: rounded(inner) for key, inner in x.items()}
    if isinstance(x, list):
        return [rounded(inner) for inner in x]
    return float(f'{x:.13g}') if isinstance(x, float) else x


def main():
    made = []
    for file, name, header, rows in CASES:
        case = next(c for c in json.loads((FOLDER / f'{file}.json').read_text())['cases'] if c['name'] == name and c['kind'] == 'layer')
        plain = run(case, None)
        for p, passed in enumerate(plain['passes']):
            np.testing.assert_allclose(passed['u'], case['expected']['passes'][p]['u'], atol=1e-9, err_msg=f'{file} {name}')
        np.testing.assert_allclose(plain['y'], case['expected']['y'], atol=1e-9)
        np.testing.assert_allclose(plain['lumped']['variance'], case['expected']['lumped']['variance'], rtol=1e-9)
        np.testing.assert_allclose(plain['lumped']['y'], case['expected']['lumped']['y'], atol=1e-9)
        unit = case['layer']['adcRange'] if header == 'u_over_range' else 1
        own = copy.deepcopy(case)
        kind = 'CONV' if case['layer']['kind'] == 'conv2d' else 'FC'
        own['name'] = f'{kind}, table of {header}: {name}'
        own.pop('note', None)
        own['hardware']['overrides'].setdefault('effects', {})['converterNoise'] = True
        own['hardware']['overrides'].setdefault('adc', {})['noiseTable'] = [[header, header.replace('u', 'sigma', 1)], *rows]
        own['expected'].update(run(case, unit * np.asarray(rows)))
        made.append(rounded(own))
    print(json.dumps({'format': 'sonic-conformance/1', 'cases': made}, separators=(',', ':')))


if __name__ == '__main__':
    main()
