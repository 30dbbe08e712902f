"""Confirms test/conformance/offset.json in numpy: offset weights and a scale of the image (docs/physics.md), written apart from src/.

From the case's weights, input and transmissions it makes W', its codes, the entries of every row, codes of activations, u with
noise, ADC codes, y with what is added electronically, and lumped sums. Prints the largest residuals; exits 1 where one is
above 1e-9. Transmissions, gains and noise constants are taken from the case; where every image has its own light, these are those at
layer.meanActivation, and what they are at the image's own mean is worked out here.

    python3 test/independent/offset.py
"""
import json
import sys

import numpy as np
from noiseTable import FOLDER, defaults, emitted, normals, up4


def offset_weights(case):
    """W' after its DAC, which entries take part, min W and max W - min W; layout of the layer's weight, filters last."""
    layer, given = case['layer'], case['hardware']['overrides']
    W = np.float32(layer['weight']).astype(float)
    if 'batchNorm' in layer:
        W = W * np.where(np.asarray(layer['batchNorm']['gamma']) < 0, -1, 1)
    kept = np.ones(W.shape, bool) if layer['kind'] == 'dense' else W != 0
    least, span = W[kept].min(), np.ptp(W[kept])
    bits = given.get('weightDac', {}).get('bits', 6)
    levels = given.get('weightDac', {}).get('levels', 'auto')
    value = (W - least) / span
    fits = len(np.unique(W[kept])) <= 2**bits
    if levels == 'uniform' or not fits:
        value = np.rint(value * (2**bits - 1)) / (2**bits - 1)
    return np.where(kept, value, 0), kept, least, span


def patches(case, image):
    """[k of a group][positions] of each group, k channel fastest."""
    layer = case['layer']
    rows, columns, per_group, _ = np.asarray(layer['weight']).shape
    (top, bottom), (left, right) = layer['padding']
    padded = np.pad(image, ((top, bottom), (left, right), (0, 0)))
    (sy, sx), (dy, dx) = layer['strides'], layer['dilation']
    oy = (padded.shape[0] - dy * (rows - 1) - 1) // sy + 1
    ox = (padded.shape[1] - dx * (columns - 1) - 1) // sx + 1
    return [
        np.asarray([
            padded[ky * dy:, kx * dx:, group * per_group + c][: sy * (oy - 1) + 1: sy, : sx * (ox - 1) + 1: sx].ravel()
            for ky in range(rows) for kx in range(columns) for c in range(per_group)
        ])
        for group in range(layer['groups'])
    ]


def light_ratio(case, x, S, last):
    """Light of the image over that of layer.meanActivation: n photons on average over the image, no more than there are."""
    calibration = case['hardware']['overrides'].get('calibration', {})
    if calibration.get('photonAverage') != 'image':
        return 1
    codes = np.rint(np.minimum(np.float32(np.abs(x)) * np.float32(last / S), np.float32(last)))
    passes = 2 if case['layer']['twoPasses'] else 1
    return case['layer']['meanActivation'] / (codes.astype(float).sum() / last / (passes * x.size))


def residuals(case):
    h, layer, wanted = defaults(case['hardware']), case['layer'], case['expected']
    own_scale = case['hardware']['overrides'].get('calibration', {}).get('activationScale') == 'perImage'
    dense, filters = layer['kind'] == 'dense', len(layer['bias'])
    x = np.float32(np.asarray(case['input']))
    S = float(np.abs(x).max()) if own_scale else layer['activationScale']
    last = 2 ** h['activation_bits'] - 1
    value, kept, least, span = offset_weights(case)
    flat, mask = value.reshape(-1, filters), kept.reshape(-1, filters)
    positions = 1 if dense else int(np.prod(np.asarray(wanted['y']).shape[:2]))
    gain, noise, step = np.asarray(wanted['gain']), wanted['noise'], wanted['adcStep']
    limit = 2 ** (h['adc_bits'] - 1) - 1
    samples = filters if dense else positions
    s1 = (layer['index'] << 20) | case['imageIndex']
    sums, value_sum, variance, added = (np.zeros((positions, filters)) for _ in range(4))
    out = {'weightScale': abs(span - wanted['weightScale']), 'u': 0.0, 'adcCode': 0, 'activationCode': 0, 'held': 0.0, 'rows': 0}
    per_filter = filters // layer.get('groups', 1)
    ratio = light_ratio(case, x, S, last)
    largest_u = largest_variance = 0.0
    for p, passed in enumerate(wanted['passes']):
        sign = 1 - 2 * p
        code = np.rint(np.minimum(np.float32(np.maximum(sign * x, 0)) * np.float32(last / S), np.float32(last)))
        out['activationCode'] += int(np.sum(code != np.asarray(passed['activationCode'])))
        v = code.astype(float) / last
        z = normals(case['seeds']['run'] + 0x40000000 * p, s1, len(passed['k']) * up4(samples)).reshape(-1, up4(samples))
        if dense:
            added += sign * v.sum()
            streamed = emitted(flat, h['floor'])
            rows = [(np.arange(filters), streamed[k], v[k], k) for k in map(np.asarray, passed['k'])]
            out['rows'] += int(list(np.flatnonzero(v)) != [k for row in passed['k'] for k in row])
        else:
            exact, lit = patches(case, v), patches(case, emitted(v, h['floor']))
            rows = []
            for f in range(filters):
                added[:, f] += sign * exact[f // per_filter].T @ mask[:, f]
                mine = sorted(k for r, row in zip(passed['filter'], passed['k']) if r == f for k in row)
                out['rows'] += int(mine != list(np.flatnonzero(mask[:, f])))
            for f, k in zip(passed['filter'], passed['k']):
                rows.append((f, lit[f // per_filter][k], flat[k, f], k))
        for r, (f, emits, held, k) in enumerate(rows):
            H = np.asarray(passed['Hplus'][r])[:, None]
            out['held'] = max(out['held'], np.abs(held - passed['held'][r]).max(initial=0))
            out['rows'] += int(np.any(np.asarray(passed['Hminus'][r]) != 0))
            g = gain[f]
            u0 = g * (emits * H).sum(0) / wanted['c']
            var = (noise['shot'] / ratio * g * (emits * H).sum(0) + noise['intensity'] * g**2 * ((emits * H) ** 2).sum(0)
                   + noise['constant'] / ratio**2)
            largest_u, largest_variance = max(largest_u, np.abs(u0).max()), max(largest_variance, var.max())
            u = u0 + np.sqrt(var) * z[r, :samples]
            out['u'] = max(out['u'], np.abs(u - passed['u'][r]).max())
            converted = np.clip(np.rint(u / step), -limit, limit)
            out['adcCode'] += int(np.sum(converted != np.asarray(passed['adcCode'][r])))
            target = (0, slice(None)) if dense else (slice(None), f)
            sums[target] += sign * converted * step
            value_sum[target] += sign * u0
            variance[target] += var + step**2 / 12
    sizes = case['hardware']['overrides'].get('vdu', {})
    full = sizes.get('fc', {}).get('size', 50) if dense else sizes.get('conv', {}).get('size', 5)
    out['calibratedRange'] = abs(min(full, 1.1 * largest_u + 6 * np.sqrt(largest_variance)) - wanted['calibratedRange'])
    scale, electronic = S * span * wanted['gainScale'], S * wanted['gainScale'] * least * gain * added
    shift, shape = np.asarray(wanted['shift']), np.asarray(wanted['y']).shape
    z = normals(case['seeds']['run'], s1, filters if dense else filters * up4(positions))
    z = z if dense else z.reshape(filters, -1)[:, :positions].T
    lumped = wanted['lumped']
    worst = lambda mine, theirs: float(np.abs(mine.reshape(shape) - np.asarray(theirs)).max())
    out['y'] = worst(scale * sums + electronic + shift, wanted['y'])
    out['lumped.value'] = worst(value_sum, lumped['value'])
    out['lumped.variance'] = float(np.abs(variance.reshape(shape) / np.asarray(lumped['variance']) - 1).max())
    out['lumped.y'] = worst(scale * (value_sum + np.sqrt(variance) * z) + electronic + shift, lumped['y'])
    return out


def main():
    failed = False
    for case in json.loads((FOLDER / 'offset.json').read_text())['cases']:
        found = residuals(case)
        failed |= any(value > 1e-9 for value in found.values())
        print(case['name'], json.dumps({key: float(f'{value:.2g}') for key, value in found.items()}))
    sys.exit(1 if failed else 0)


main()
