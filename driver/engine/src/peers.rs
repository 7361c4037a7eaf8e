//! The table of peers by peer-id.
//!
//! Peer-ids are small numbers that user space gives out and uses again. The table is split into pages of 256 ids:
//! a lookup is a search among a few page numbers and one index, and the next snapshot shares all pages but the
//! one that changed.

use alloc::vec::Vec;

use ovpn_dco_uapi::PeerId;

use crate::sync::{NoMemory, Shared, insert_within_capacity, push_within_capacity, try_with_capacity};

const PAGE: usize = 256;

/// Peers by id. Immutable: changes make a new table.
pub(crate) struct PeerTable<T> {
    /// Sorted by number.
    pages: Vec<(u32, Shared<Page<T>>)>,
}

struct Page<T> {
    /// [`PAGE`] entries.
    entries: Vec<Option<Shared<T>>>,
}

impl<T> PeerTable<T> {
    pub(crate) const fn new() -> Self {
        Self { pages: Vec::new() }
    }

    /// The peer with this id.
    pub(crate) fn get(&self, id: PeerId) -> Option<&Shared<T>> {
        let (page, entry) = place(id);
        let at = self
            .pages
            .binary_search_by_key(&page, |(number, _)| *number)
            .ok()?;
        self.pages.get(at)?.1.entries.get(entry)?.as_ref()
    }

    /// All peers, by ascending id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Shared<T>> {
        self.pages
            .iter()
            .flat_map(|(_, page)| page.entries.iter().flatten())
    }

    /// A copy with `peer` under `id`, in the place of one that is there.
    pub(crate) fn with(&self, id: PeerId, peer: Shared<T>) -> Result<Self, NoMemory> {
        self.changed(id, Some(peer))
    }

    /// A copy without the peer.
    pub(crate) fn without(&self, id: PeerId) -> Result<Self, NoMemory> {
        self.changed(id, None)
    }

    fn changed(&self, id: PeerId, peer: Option<Shared<T>>) -> Result<Self, NoMemory> {
        let (page, entry) = place(id);
        let at = self.pages.binary_search_by_key(&page, |(number, _)| *number);
        let old = at.ok().and_then(|at| self.pages.get(at)).map(|(_, page)| page);
        let page_after = Page::changed(old, entry, peer)?;
        let mut pages = try_with_capacity(self.pages.len().saturating_add(1))?;
        for kept in self.pages.iter().filter(|(number, _)| *number != page) {
            push_within_capacity(&mut pages, kept.clone()).map_err(|_| NoMemory)?;
        }
        if page_after.entries.iter().any(Option::is_some) {
            let at = at.unwrap_or_else(|at| at);
            insert_within_capacity(&mut pages, at, (page, Shared::new(page_after)?)).map_err(|_| NoMemory)?;
        }
        Ok(Self { pages })
    }
}

impl<T> Page<T> {
    fn changed(old: Option<&Shared<Self>>, entry: usize, peer: Option<Shared<T>>) -> Result<Self, NoMemory> {
        let mut entries = try_with_capacity(PAGE)?;
        for place in 0..PAGE {
            let entry = old.and_then(|page| page.entries.get(place)).cloned().flatten();
            push_within_capacity(&mut entries, entry).map_err(|_| NoMemory)?;
        }
        if let Some(place) = entries.get_mut(entry) {
            *place = peer;
        }
        Ok(Self { entries })
    }
}

/// Page number and index of an id.
fn place(id: PeerId) -> (u32, usize) {
    let [_, high, middle, low] = id.get().to_be_bytes();
    (u32::from_be_bytes([0, 0, high, middle]), low.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::vec::Vec;

    use super::*;

    fn id(number: u32) -> PeerId {
        PeerId::new(number).unwrap()
    }

    #[test]
    fn agrees_with_a_map() {
        let mut table = PeerTable::new();
        let mut model = BTreeMap::new();
        let mut seed = 1u32;
        for round in 0..2000u32 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = [seed >> 24, seed >> 8, 0xFF_FFFF][(round % 3) as usize];
            if seed & 0x80 == 0 {
                table = table.with(id(number), Shared::new(round).unwrap()).unwrap();
                model.insert(number, round);
            } else {
                table = table.without(id(number)).unwrap();
                model.remove(&number);
            }
            assert_eq!(
                table.get(id(number)).map(|value| **value),
                model.get(&number).copied()
            );
            assert_eq!(table.iter().count(), model.len());
        }
        let all: Vec<u32> = table.iter().map(|value| **value).collect();
        assert_eq!(all, model.into_values().collect::<Vec<_>>(), "by ascending id");
    }

    #[test]
    fn a_change_leaves_the_old_table_alone() {
        let one = PeerTable::new().with(id(7), Shared::new("old").unwrap()).unwrap();
        let two = one.with(id(7), Shared::new("new").unwrap()).unwrap();
        let none = two.without(id(7)).unwrap();
        assert_eq!(one.get(id(7)).map(|p| **p), Some("old"));
        assert_eq!(two.get(id(7)).map(|p| **p), Some("new"));
        assert!(none.get(id(7)).is_none() && none.iter().next().is_none());
    }
}
