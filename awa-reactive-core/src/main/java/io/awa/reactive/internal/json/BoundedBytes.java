package io.awa.reactive.internal.json;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Takes what Jackson writes, up to a limit: an endless or enormous value is stopped while it is written, not after it
 * filled the heap. Jackson hands over small values in one piece, which is then the result without a further copy.
 */
final class BoundedBytes extends OutputStream {

    private final int limit;
    private byte[] bytes = {};
    private int size;
    private boolean overflowed;

    BoundedBytes(int limit) {
        this.limit = limit;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        if (overflowed || length > limit - size) {
            overflowed = true;
            throw new IOException("more than " + limit + " bytes");
        }
        if (length > bytes.length - size) {
            bytes = Arrays.copyOf(bytes, size == 0 ? length : Math.min(limit, Math.max(size + length, 2 * size)));
        }
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    boolean overflowed() {
        return overflowed;
    }

    byte[] toBytes() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
}
