import { describe, expect, it } from 'vitest';
import { parseQueueUrl } from '../../../src/experiments/queue/connection.js';

describe('addresses of queues', () => {
  it.each([
    ['redis://host', 'redis://host', { host: 'host', port: 6379 }],
    ['redis://:p%40ss@host:7/3', 'redis://host:7/3', { host: 'host', port: 7, password: 'p@ss', db: 3 }],
    ['rediss://u:p@[::1]:7', 'rediss://[::1]:7', { host: '::1', port: 7, username: 'u', password: 'p', tls: {} }],
  ])('%s', (text, shown, connection) => {
    const address = parseQueueUrl(text);
    expect(address.shown).toBe(shown);
    expect(address.connection).toMatchObject(connection);
  });

  it.each([
    ['host:6379', 'is no kind of queue server'],
    ['nonsense', 'this is no address'],
    ['http://:secret@host', "'http' is no kind of queue server"],
    ['redis://', 'the host is missing'],
    ['redis://host/first', "'first' is no number of a database"],
  ])('%s is refused', (text, message) => {
    expect(() => parseQueueUrl(text)).toThrow(message);
    expect(() => parseQueueUrl(text)).not.toThrow('secret');
  });
});
