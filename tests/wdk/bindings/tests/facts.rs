//! What the stand-in `wdk-sys` declares, against the ABI facts.
//!
//! The stand-in is parsed, not trusted: each structure, enum value, constant, table index, function type and
//! export that it declares is looked up in the facts. Names that the facts lack are listed here, with the reason.
//! Sizes and offsets are asserted by the compiler (`layout.rs`); the tests here see to it that no structure and no
//! member is left out of these assertions.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;
use syn::{Expr, Fields, ForeignItem, Item, Lit, Type};
use wdk_bindings::{Facts, repository};

fn parse(name: &str) -> Vec<Item> {
    let path = repository().join("tests/wdk/wdk-sys/src").join(name);
    let text = fs::read_to_string(&path).expect("the stand-in has this file");
    syn::parse_file(&text).expect("the file is Rust").items
}

fn facts() -> Facts {
    Facts::load().expect("the facts can be read")
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().expect("64 bits are enough"),
        Value::String(text) => i64::from_str_radix(text.trim_start_matches("0x"), 16).expect("hexadecimal"),
        other => panic!("{other} is no number"),
    }
}

/// The value of a literal, which may have a minus sign and a suffix.
fn literal(expr: &Expr) -> i64 {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(int) => int.base10_parse().expect("64 bits are enough"),
            other => panic!("{other:?} is no integer"),
        },
        Expr::Unary(unary) => -literal(&unary.expr),
        other => panic!("{other:?} is no literal"),
    }
}

/// Values of all enums of the facts, by enum and name, as 32-bit numbers.
fn enum_facts(facts: &Facts) -> BTreeMap<(String, String), i32> {
    let mut values = BTreeMap::new();
    for source in [&facts.wdm, &facts.kmdf] {
        for (name, variants) in source["enums"].as_object().expect("enums") {
            for (variant, value) in variants.as_object().expect("an enum") {
                #[expect(clippy::cast_possible_truncation, reason = "C's int: the low 32 bits")]
                values.insert((format!("_{name}"), variant.clone()), number(value) as i32);
            }
        }
    }
    values
}

#[test]
fn every_enum_value_is_a_fact_and_no_fact_is_missing() {
    let mut expected = enum_facts(&facts());
    for item in parse("generated/types.rs") {
        let Item::Mod(module) = item else { continue };
        let name = module.ident.to_string();
        if name.starts_with("_WDFFUNC") || name.starts_with("_WDFSTRUCT") {
            continue;
        }
        for item in module.content.expect("a module with a body").1 {
            let Item::Const(constant) = item else { continue };
            let key = (name.clone(), constant.ident.to_string());
            let fact = expected
                .remove(&key)
                .unwrap_or_else(|| panic!("{key:?} is no fact"));
            assert_eq!(literal(&constant.expr), i64::from(fact), "{key:?}");
        }
    }
    assert!(expected.is_empty(), "these are not declared: {expected:?}");
}

#[test]
fn every_table_index_is_a_fact_and_no_fact_is_missing() {
    let facts = facts();
    for (module, table, name, count) in [
        (
            "_WDFFUNCENUM",
            "function_table",
            ("", "TableIndex"),
            "WdfFunctionTableNumEntries",
        ),
        (
            "_WDFSTRUCTENUM",
            "struct_table",
            ("INDEX_", ""),
            "WdfStructureTableNumEntries",
        ),
    ] {
        let table = facts.kmdf[table].as_object().expect("a table");
        let mut expected: BTreeMap<_, _> = table
            .iter()
            .map(|(function, entry)| (format!("{}{function}{}", name.0, name.1), number(&entry["index"])))
            .collect();
        expected.insert(
            count.to_owned(),
            i64::try_from(table.len()).expect("a small table"),
        );
        let items = parse("generated/types.rs").into_iter();
        let declared = items.filter_map(|item| match item {
            Item::Mod(found) if found.ident == module => found.content,
            _ => None,
        });
        for item in declared.flat_map(|(_, items)| items) {
            let Item::Const(constant) = item else { continue };
            let name = constant.ident.to_string();
            assert_eq!(expected.remove(&name), Some(literal(&constant.expr)), "{name}");
        }
        assert!(expected.is_empty(), "{module} lacks {expected:?}");
    }
}

#[test]
fn the_bind_count_is_that_of_kmdf_1_31() {
    let kmdf = facts().kmdf;
    let entries = kmdf["function_table"].as_object().expect("a table").len();
    assert_eq!(
        Some(entries as u64),
        kmdf["binding"]["released_table_sizes"]["1.31"].as_u64()
    );
}

#[test]
fn every_constant_is_a_fact() {
    let wdm = facts().wdm;
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    let groups = wdm["constants"].as_object().expect("groups").values();
    let groups = groups.chain([&wdm["irql_x64"], &wdm["ntstatus"], &wdm["pool_flags"]["values"]]);
    let etw = [&wdm["etw"]["control_codes"], &wdm["etw"]["data_descriptor_types"]];
    for group in groups.chain(etw) {
        for (name, value) in group.as_object().expect("a group") {
            expected.insert(name.clone(), number(value));
        }
    }
    let mut seen = 0;
    for item in parse("generated/constants.rs") {
        let Item::Const(constant) = item else { continue };
        let name = constant.ident.to_string();
        let fact = *expected.get(&name).unwrap_or_else(|| panic!("{name} is no fact"));
        let value = literal(&constant.expr);
        let Type::Path(kind) = *constant.ty else {
            panic!("{name} has an odd type")
        };
        let value = if kind.path.is_ident("NTSTATUS") {
            value & 0xffff_ffff
        } else {
            value
        };
        assert_eq!(value, fact, "{name}");
        seen += 1;
    }
    assert!(seen > 200, "only {seen} constants");
}

/// Names of structures and of their members, as `layout.rs` asserts them.
fn asserted() -> BTreeMap<String, BTreeSet<String>> {
    let mut structures = BTreeMap::new();
    for item in parse("generated/layout.rs") {
        let Item::Macro(assertion) = item else { continue };
        let text = assertion.mac.tokens.to_string().replace(' ', "");
        let (head, members) = text.split_once('{').expect("a list of members");
        let name = head.split(',').next().expect("a name").to_owned();
        let members = members
            .trim_end_matches('}')
            .split(',')
            .filter_map(|member| member.split_once(':'));
        structures.insert(name, members.map(|(path, _)| path.to_owned()).collect());
    }
    structures
}

#[test]
fn every_structure_and_member_is_asserted() {
    let asserted = asserted();
    let mut declared: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for item in parse("generated/types.rs") {
        let (name, fields) = match item {
            Item::Struct(item) => (item.ident.to_string(), item.fields),
            Item::Union(item) => (item.ident.to_string(), Fields::Named(item.fields)),
            _ => continue,
        };
        let Fields::Named(fields) = fields else { continue };
        let fields = fields.named.into_iter().map(|field| {
            let kind = match field.ty {
                Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
                _ => None,
            };
            (
                field.ident.expect("a named field").to_string(),
                kind.unwrap_or_default(),
            )
        });
        declared.insert(name, fields.collect());
    }
    let handle = |name: &str| name.ends_with("__");
    let nested = |name: &str| name.contains("__bindgen_ty_");
    let mut checked = 0;
    for (name, _) in declared.iter().filter(|(name, _)| !handle(name) && !nested(name)) {
        let members = asserted
            .get(name)
            .unwrap_or_else(|| panic!("{name} has no assertion"));
        check_members(name, "", name, &declared, members, &mut checked);
    }
    assert!(checked > 600, "only {checked} members");
}

/// Walks the members of `structure` and of its nested structures: each path must be among the asserted ones.
fn check_members(
    top: &str,
    prefix: &str,
    structure: &str,
    declared: &BTreeMap<String, Vec<(String, String)>>,
    asserted: &BTreeSet<String>,
    checked: &mut usize,
) {
    for (field, kind) in &declared[structure] {
        if field.starts_with("__bindgen_padding") || field == "_opaque" {
            continue;
        }
        let path = format!("{prefix}{field}");
        assert!(asserted.contains(&path), "{top} does not assert {path}");
        *checked += 1;
        if kind.contains("__bindgen_ty_") {
            check_members(top, &format!("{path}."), kind, declared, asserted, checked);
        }
    }
}

#[test]
fn every_assertion_is_a_fact() {
    let facts = facts();
    let structure = |name: &str| {
        let plain = name.strip_prefix('_').unwrap_or(name);
        [&facts.kmdf, &facts.wdm]
            .into_iter()
            .find_map(|source| source["structs"].get(plain))
            .cloned()
    };
    for (name, members) in asserted() {
        let fact = structure(&name).unwrap_or_else(|| panic!("{name} is no fact"));
        for path in members {
            // Unnamed structures and unions are bindgen's, and the facts leave them out of a path.
            let parts: Vec<_> = path
                .split('.')
                .filter(|part| !part.starts_with("__bindgen_anon"))
                .collect();
            let known = parts.is_empty() || fact["fields"].get(parts.join(".")).is_some();
            assert!(known, "{name}: {path} is no fact");
        }
    }
}

/// Exports that the stand-in declares by hand, and why.
const EXPORTS_BY_HAND: &[(&str, &str)] = &[("__chkstk", "ntoskrnl.exe")];

#[test]
fn every_export_is_a_fact_of_its_module() {
    let imports = facts().imports;
    let mut seen = 0;
    for file in ["generated/exports.rs", "ntddk.rs", "stub.rs"] {
        for item in parse(file) {
            let Item::ForeignMod(block) = item else { continue };
            let attributes: String = block.attrs.iter().map(quote_attribute).collect();
            // The driver's own entry point is no import.
            let Some(module) = attributes
                .split("name = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            for item in block.items {
                let ForeignItem::Fn(function) = item else {
                    panic!("{file} imports something else than functions")
                };
                let name = function.sig.ident.to_string();
                if EXPORTS_BY_HAND.contains(&(name.as_str(), module)) {
                    assert_eq!(imports["imports"][&name]["module"], module, "{name}");
                    continue;
                }
                let fact = &imports["imports"][&name];
                assert!(fact.is_object(), "{module}: {name} is no fact");
                assert_eq!(
                    fact["module"].as_str().map(str::to_lowercase),
                    Some(module.to_lowercase()),
                    "{name}"
                );
                let parameters = fact["proto"].as_str().expect("a prototype");
                let list = parameters
                    .split_once('(')
                    .expect("a list")
                    .1
                    .trim_end_matches(')');
                let count = match list {
                    "VOID" | "void" | "" => 0,
                    _ => list
                        .split(',')
                        .filter(|parameter| parameter.trim() != "...")
                        .count(),
                };
                assert_eq!(function.sig.inputs.len(), count, "{name}");
                assert_eq!(function.sig.variadic.is_some(), list.contains("..."), "{name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 150, "only {seen} exports");
}

fn quote_attribute(attribute: &syn::Attribute) -> String {
    match &attribute.meta {
        syn::Meta::List(list) => list.tokens.to_string(),
        _ => String::new(),
    }
}

#[test]
fn every_function_type_has_named_parameters_and_the_globals_first() {
    let facts = facts();
    let prototypes = facts.kmdf["prototypes"].as_object().expect("prototypes");
    let mut expected: BTreeMap<_, _> = prototypes
        .iter()
        .map(|(name, prototype)| {
            (
                format!("PFN_{}", name.to_uppercase()),
                prototype["n_params"].as_u64(),
            )
        })
        .collect();
    for item in parse("generated/types.rs") {
        let Item::Type(alias) = item else { continue };
        let Some(count) = expected.remove(&alias.ident.to_string()) else {
            continue;
        };
        let Type::Path(option) = *alias.ty else {
            panic!("{} is no Option", alias.ident)
        };
        let segment = option.path.segments.last().expect("Option");
        let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            panic!("{}", alias.ident)
        };
        let Some(syn::GenericArgument::Type(Type::BareFn(function))) = arguments.args.first() else {
            panic!("{} is no function pointer", alias.ident)
        };
        assert_eq!(Some(function.inputs.len() as u64), count, "{}", alias.ident);
        assert!(
            function.inputs.iter().all(|input| input.name.is_some()),
            "{}",
            alias.ident
        );
        let Type::Path(first) = &function.inputs[0].ty else {
            panic!("{}", alias.ident)
        };
        assert!(first.path.is_ident("PWDF_DRIVER_GLOBALS"), "{}", alias.ident);
    }
    assert!(expected.is_empty(), "no type for {expected:?}");
}

/// The records that the entry stub passes to the loader: structure in stub.rs and in the facts.
const BIND_RECORDS: &[(&str, &str)] = &[
    ("BindInfo", "WDF_BIND_INFO2"),
    ("ClassBindInfo", "WDF_CLASS_BIND_INFO"),
];

#[test]
fn every_offset_of_the_bind_records_is_asserted_and_a_fact() {
    let facts = facts();
    let structs = &facts.kmdf["binding"]["structs"];
    let source = fs::read_to_string(repository().join("tests/wdk/wdk-sys/src/stub.rs")).expect("the stub");
    for (name, fact) in BIND_RECORDS {
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        // Version 2 of a record starts with version 1.
        for fact in structs[fact]["fields"]
            .get("V1")
            .map(|_| "WDF_BIND_INFO")
            .into_iter()
            .chain([*fact])
        {
            for (field, entry) in structs[fact]["fields"].as_object().expect("fields") {
                expected.insert(field.clone(), entry["off"].as_u64().expect("an offset"));
            }
        }
        expected.remove("V1");
        for (field, offset) in expected.into_iter().filter(|(_, offset)| *offset != 0) {
            let assertion = format!("offset_of!({name}, {}) == {offset}", snake_case(&field));
            assert!(source.contains(&assertion), "stub.rs does not assert {assertion}");
        }
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
