/** Scripts are plain JavaScript. */
declare module '*.mjs';
