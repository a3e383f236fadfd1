package io.awa.reactive.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DetailTest {

    @Test
    void textsAreCut() {
        assertThat(Detail.cut("", 3)).isEmpty();
        assertThat(Detail.cut("abc", 3)).isEqualTo("abc");
        assertThat(Detail.cut("abcd", 3)).isEqualTo("abc");
        assertThat(Detail.cut("abcd", 0)).isEmpty();
    }

    /** Half a character is none. */
    @Test
    void pairsStayWhole() {
        assertThat(Detail.cut("ab\ud83d\ude00", 3)).isEqualTo("ab");
        assertThat(Detail.cut("ab\ud83d\ude00", 4)).isEqualTo("ab\ud83d\ude00");
        assertThat(Detail.cut("\ud83d\ude00", 1)).isEmpty();
        assertThat(Detail.cut("ab\ud83d", 3)).isEqualTo("ab\ud83d");
    }

    @Test
    void nulBecomesASpace() {
        assertThat(Detail.cut("a\u0000b\u0001\u001e\u001b[1m\n\r\tc\b\f", 20))
                .isEqualTo("a b\u0001\u001e\u001b[1m\n\r\tc\b\f");
        assertThat(Detail.error("A\u0000", "b\u0000").reason("c\u0000").json())
                .isEqualTo("{\"error\":{\"class\":\"A \",\"message\":\"b \"},\"reason\":\"c \"}");
    }

    /** Each would be six bytes of the row: binary data in a message must not make it too large. */
    @Test
    void controlCharactersOfBinaryDataBecomeSpaces() {
        String few = "\u0001".repeat(16) + "\n\n\t";
        assertThat(Detail.cut(few, 100)).isEqualTo(few);
        assertThat(Detail.cut(few + "\u0002a", 100)).isEqualTo(" ".repeat(16) + "\n\n\t a");
        assertThat(Detail.cut(few + "\u0002a", 19)).isEqualTo(few);
    }
}
