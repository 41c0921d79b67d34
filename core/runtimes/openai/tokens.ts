/**
 * Estimates how many tokens a text is, rather too many than too few. A third of its UTF-8 bytes holds over
 * languages without a tokenizer of the model's own: English has about four bytes to a token, Cyrillic about four
 * (two letters), Chinese and Japanese about three (one sign). Dumps of digits are denser; a request refused for its
 * length is repeated with less history.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3)
}
