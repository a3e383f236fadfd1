package io.awa.reactive.quickstart;

import java.util.Locale;

/** Numbers as a person reads them, the same in every locale. */
final class Numbers {

    private static final double KIB = 1_024;

    private Numbers() {}

    static String count(double value) {
        return String.format(Locale.ROOT, "%,d", Math.round(value));
    }

    static String millis(double value) {
        if (value >= 10_000) {
            return one(value / 1_000) + " s";
        }
        return String.format(Locale.ROOT, value < 10 ? "%.1f ms" : "%,.0f ms", value);
    }

    static String bytes(double value) {
        if (value < KIB) {
            return String.format(Locale.ROOT, "%.0f B", value);
        }
        return value < KIB * KIB
                ? String.format(Locale.ROOT, "%.1f KiB", value / KIB)
                : String.format(Locale.ROOT, "%.1f MiB", value / KIB / KIB);
    }

    static String seconds(double value) {
        return String.format(Locale.ROOT, "%.1f s", value);
    }

    static String one(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
    }
}
