package io.awa.reactive.benchmarks;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What was measured, in the order it was put. */
final class Report {

    private static final int DECIMALS = 4;

    private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

    Report put(String name, @Nullable Object value) {
        fields.put(name, value instanceof Double number ? rounded(number) : value);
        return this;
    }

    /** A view. */
    Map<String, @Nullable Object> fields() {
        return Collections.unmodifiableMap(fields);
    }

    String json() {
        return JsonMapper.shared().writeValueAsString(fields);
    }

    /** What was not measured is null: JSON has no word for it. */
    static @Nullable Object rounded(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return null;
        }
        BigDecimal decimal = BigDecimal.valueOf(value).setScale(DECIMALS, RoundingMode.HALF_UP);
        return decimal.stripTrailingZeros().scale() <= 0 ? decimal.longValue() : decimal.doubleValue();
    }
}
