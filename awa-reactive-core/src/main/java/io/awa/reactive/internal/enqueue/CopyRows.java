package io.awa.reactive.internal.enqueue;

import io.awa.reactive.internal.json.Terms;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The binary COPY format: a header, then for each row the number of fields and for each field its length (-1 for null)
 * and its bytes, then -1. {@code json} travels as its text, {@code jsonb} as a version byte and its text.
 */
final class CopyRows {

    static final String PLAIN = "pos, kind, max_attempts, args, extras";
    static final String UNIQUE = PLAIN + ", key, key_states";

    private static final byte[] SIGNATURE = "PGCOPY\n\u00ff\r\n\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int FIXED = 2 + (4 + 8) + (4 + 4) + (4 + 2) + 4 + 4;
    private static final int KEY = (4 + 16) + (4 + 2);
    private static final byte JSONB_VERSION = 1;
    private static final int FRAME = 256 * 1024;

    private CopyRows() {}

    /**
     * Frames of about 256 KiB: one message each, and none so large that it holds up the socket.
     *
     * @param columns {@link #PLAIN} or {@link #UNIQUE}
     */
    static List<ByteBuf> of(List<Entry> entries, List<Long> positions, String columns) {
        boolean keys = columns.equals(UNIQUE);
        List<ByteBuf> frames = new ArrayList<>();
        int from = 0;
        while (from < entries.size()) {
            int size = from == 0 ? SIGNATURE.length + 8 : 0;
            int to = from;
            while (to < entries.size() && (to == from || size < FRAME)) {
                size += size(entries.get(to++)) + (keys ? KEY : 0);
            }
            boolean last = to == entries.size();
            ByteBuffer frame = ByteBuffer.allocate(size + (last ? 2 : 0));
            if (from == 0) {
                frame.put(SIGNATURE).putInt(0).putInt(0);
            }
            for (int i = from; i < to; i++) {
                put(frame, entries.get(i), positions.get(i), keys);
            }
            if (last) {
                frame.putShort((short) -1);
            }
            frames.add(Unpooled.wrappedBuffer(frame.array(), 0, frame.position()));
            from = to;
        }
        return frames;
    }

    private static int size(Entry entry) {
        byte[] extras = entry.job().extras();
        return FIXED + entry.job().args().length + (extras == null ? 0 : 1 + extras.length);
    }

    private static void put(ByteBuffer frame, Entry entry, long position, boolean keys) {
        byte[] args = entry.job().args();
        byte[] extras = entry.job().extras();
        frame.putShort((short) (keys ? 7 : 5))
                .putInt(8)
                .putLong(position)
                .putInt(4)
                .putInt(entry.kind());
        frame.putInt(2)
                .putShort((short) entry.job().maxAttempts())
                .putInt(args.length)
                .put(args);
        if (extras == null) {
            frame.putInt(-1);
        } else {
            frame.putInt(1 + extras.length).put(JSONB_VERSION).put(extras);
        }
        if (keys) {
            putKey(frame, entry.job().terms());
        }
    }

    private static void putKey(ByteBuffer frame, Terms terms) {
        UUID key = terms.key();
        if (key == null) {
            frame.putInt(-1).putInt(-1);
        } else {
            frame.putInt(16).putLong(key.getMostSignificantBits()).putLong(key.getLeastSignificantBits());
            frame.putInt(2).putShort((short) terms.keyStates());
        }
    }
}
