package io.awa.reactive.job;

import io.awa.reactive.AwaValidationException;

/** The kind of a class of arguments: its {@link JobKind}, or its simple name in snake case. */
final class KindName {

    private KindName() {}

    static String of(Class<?> argsType) {
        JobKind chosen = argsType.getAnnotation(JobKind.class);
        if (chosen != null) {
            return chosen.value();
        }
        if (argsType.isAnonymousClass() || argsType.isArray() || argsType.isPrimitive() || argsType.isHidden()) {
            throw new AwaValidationException(
                    "kind", argsType.getName(), "a class with a name of its own, or a kind given by hand");
        }
        return snakeCase(argsType.getSimpleName());
    }

    // A word starts at an upper-case letter that follows a lower-case letter or a digit (sendEmail, V2Import), or that
    // ends a run of upper-case letters by being followed by a lower-case one (SMTPEmail).
    static String snakeCase(String name) {
        StringBuilder out = new StringBuilder(name.length() + 8);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (Character.isUpperCase(c) && i > 0 && startsWord(name, i)) {
                out.append('_');
            }
            out.append(Character.toLowerCase(c));
        }
        return out.toString();
    }

    private static boolean startsWord(String name, int i) {
        char before = name.charAt(i - 1);
        if (Character.isUpperCase(before)) {
            return i + 1 < name.length() && Character.isLowerCase(name.charAt(i + 1));
        }
        return Character.isLetterOrDigit(before);
    }
}
