/** Names in lists such as 'a=1,b=2': a backslash before a comma, a =, a space or a backslash makes it part of the name. */

/** Where escaped characters are kept while the others are read: Unicode's private use area. */
const HIDDEN = 0xe000;

/** A name as such a list can hold it. */
export const escapedText = (name: string): string => name.replace(/[\\,=]|^ | $/g, '\\$&');

/** The list with each escaped character as one that parts nothing; `showEscaped` gives the names. */
export const hideEscaped = (list: string): string =>
  list.replace(/\\([\\,= ])/g, (_, character: string) => String.fromCharCode(HIDDEN + character.charCodeAt(0)));

export const showEscaped = (part: string): string =>
  part.replace(/[\ue000-\ue07f]/g, (character) => String.fromCharCode(character.charCodeAt(0) - HIDDEN));
