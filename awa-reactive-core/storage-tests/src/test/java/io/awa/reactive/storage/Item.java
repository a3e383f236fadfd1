package io.awa.reactive.storage;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a closer sends of one claim.
 *
 * @param claim    the token
 * @param members  a bit an ordinal
 * @param outcomes one character for all, or one a set bit
 */
record Item(Taken claim, String members, String outcomes) {

    static Item completed(Taken claim) {
        return new Item(claim, claim.all(), "c");
    }

    static Item completed(Taken claim, int... ordinals) {
        return new Item(claim, claim.bits(ordinals), "c");
    }

    /** The call of close with these items; members with outcome f fail with the error "boom" and their ordinal. */
    static String close(long closer, List<Item> items) {
        String failedItems = joined(items, (item, i) -> item.failed(String.valueOf(i)));
        String ordinals = joined(items, (item, i) -> item.failed(null));
        return "select * from close(" + tokens(items) + ", " + array(items, x -> quoted(x.outcomes), "text") + ", "
                + closer
                + ", array[" + failedItems + "]::int[], array[" + ordinals + "]::int[], array["
                + joined(items, (item, i) -> item.failed("'f'")) + "]::text[], null, null, array["
                + joined(items, (item, i) -> item.failed("'{\"error\": {\"message\": \"boom\"}}'")) + "]::text[])";
    }

    static String release(long closer, List<Item> items) {
        return "select * from release(" + tokens(items) + ", " + closer + ")";
    }

    private static String tokens(List<Item> items) {
        return String.join(
                ", ",
                array(items, x -> String.valueOf(x.claim.segment()), "bigint"),
                array(items, x -> String.valueOf(x.claim.lane()), "int"),
                array(items, x -> String.valueOf(x.claim.no()), "bigint"),
                array(items, x -> String.valueOf(x.claim.nonce()), "bigint"),
                array(items, x -> quoted(x.members), "text"));
    }

    private String failed(String constant) {
        StringBuilder out = new StringBuilder();
        int rank = 0;
        for (int ordinal = 0; ordinal < members.length(); ordinal++) {
            if (members.charAt(ordinal) == '1') {
                char outcome = outcomes.charAt(outcomes.length() == 1 ? 0 : rank++);
                if (outcome == 'f') {
                    out.append(out.isEmpty() ? "" : ",").append(constant == null ? ordinal : constant);
                }
            }
        }
        return out.toString();
    }

    private static String joined(List<Item> items, Part part) {
        return IntStream.range(0, items.size())
                .mapToObj(i -> part.of(items.get(i), i + 1))
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining(","));
    }

    private static String array(List<Item> items, Function<Item, String> column, String type) {
        return items.stream().map(column).collect(Collectors.joining(",", "array[", "]::" + type + "[]"));
    }

    private static String quoted(String text) {
        return "'" + text + "'";
    }

    private interface Part {
        String of(Item item, int number);
    }
}
