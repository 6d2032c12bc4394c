/**
 * Frees the memory of a view that spans its whole buffer, at once; the view is empty afterwards. Buffers lie outside of the heap and yet count
 * towards its next collection: where megabytes of them pass by in a second, leaving them to the collector means that it marks the whole
 * heap again and again, on every core. So whoever has the last use of a buffer on a hot path gives it back.
 */
export function giveBack({ buffer, byteLength }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength) buffer.transfer(0)
}
